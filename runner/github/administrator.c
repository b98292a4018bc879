#include "runner/github/administrator.h"

#include "runner/github/app_jwt.h"

#include <stddef.h>

bool administrator_is_given(const struct administrator *administrator)
{
	return administrator->access_token->text != NULL || administrator->app.id != NULL;
}

int administrator_open(struct github *github, struct administrator *administrator, const char *api, const char *entity,
	struct stop *stop, struct error *err)
{
	if (administrator->app.id != NULL)
		return app_open(github, &administrator->app, api, entity, stop, err);
	return github_open(github, api, GITHUB_BEARER, administrator->access_token, stop, err);
}

int administrator_lock(const struct administrator *administrator, struct error *err)
{
	return secret_lock(&administrator->app.token, err);
}

int administrator_check_key(const struct administrator *administrator, struct error *err)
{
	if (administrator->app.key == NULL || app_jwt_check_key(administrator->app.key, err) == 0)
		return 0;
	return error_context(err, "APP_PRIVATE_KEY");
}

int administrator_check(struct github *github, int64_t bound_ns, struct error *err)
{
	return github->renew != NULL ? github->renew(github->renews, false, bound_ns, err) : 0;
}
