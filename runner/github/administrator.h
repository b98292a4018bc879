/* Who manages runners at GitHub: the holder of an access token, or a GitHub App. */
#pragma once

#include "runner/github/app.h"

struct administrator {
	const struct secret *access_token; /* not owned; its text is NULL if there is none */
	struct app app;
};

bool administrator_is_given(const struct administrator *administrator);

/* As github_open(), for calls of `entity`. `administrator` must outlive `github`. */
int administrator_open(struct github *github, struct administrator *administrator, const char *api, const char *entity,
	struct stop *stop, struct error *err);

/* Locks the pages of an App's token again, in a child. */
int administrator_lock(const struct administrator *administrator, struct error *err);

/* Whether an App's key is one that signs, before anything is asked. As app_jwt_check_key(). */
int administrator_check_key(const struct administrator *administrator, struct error *err);

/* Before the first call: an App has its token then. 0, -1, or GITHUB_REFUSED. */
int administrator_check(struct github *github, int64_t bound_ns, struct error *err);
