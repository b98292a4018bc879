/* What GITHUB_URL names, and where its REST API is. Pure. facts: UrlUtil.IsHostedServer of actions/runner. */
#pragma once

#include "common/error.h"

#include <stdbool.h>

enum github_scope {
	GITHUB_REPOSITORY,
	GITHUB_ORGANIZATION,
	GITHUB_ENTERPRISE,
};

struct github_url {
	enum github_scope scope;
	char *url;    /* as given, without a slash at the end */
	char *entity; /* "/repos/OWNER/NAME", "/orgs/NAME" or "/enterprises/NAME" */
	char *api;    /* the REST API's base, without a slash at the end */
};

/* Reads `url`. Plain http is for loopback hosts only: a token in clear text on a network is refused.
 * The caller frees with github_url_free(), also after failure. */
int github_url_parse(struct github_url *parsed, const char *url, struct error *err);

/* Checks an API base given by hand (GITHUB_API_URL) and puts it in place of the one that was derived. */
int github_url_set_api(struct github_url *parsed, const char *api, struct error *err);

void github_url_free(struct github_url *parsed);
