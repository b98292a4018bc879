#include "runner/config/secrets.h"

#include <stddef.h>

void secrets_forget(struct credentials *credentials, struct administrator *administrator)
{
	if (administrator != NULL)
		app_free(&administrator->app);
	if (credentials != NULL)
		credentials_free(credentials);
}
