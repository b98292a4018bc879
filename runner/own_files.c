#include "runner/own_files.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <stdlib.h>

static void hide(struct launch *launch, const char *path)
{
	_cleanup_(freep) char *real = path != NULL && *path != '\0' ? realpath(path, NULL) : NULL;

	if (real != NULL) /* what is gone needs no cover */
		arguments_add_pair(&launch->argv, "--hide", "%s", real);
}

void own_files_hide(struct launch *launch, const struct supervisor *supervisor)
{
	arguments_add_pair(&launch->argv, "--tmpfs", "%s:1M", supervisor->state.dir);
	for (enum credential i = 0; i < CREDENTIAL_COUNT; i++) {
		_cleanup_(freep) char *name = format("%s_FILE", credential_name(i));

		if (name != NULL)
			hide(launch, getenv(name));
	}
	hide(launch, getenv("CREDENTIALS_DIRECTORY"));
}
