/* Parses GITHUB_URL and derives the base of its REST API. Pure.
 *
 * actions/runner: UrlUtil.IsHostedServer. */
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

/* Parses `url`. Plain http is accepted for loopback hosts only, since a token must not cross a network in clear text.
 * The caller calls github_url_free(), also after a failure. */
int github_url_parse(struct github_url *parsed, const char *url, struct error *err);

/* Checks an explicit API base (GITHUB_API_URL) and replaces the derived one by it. */
int github_url_set_api(struct github_url *parsed, const char *api, struct error *err);

void github_url_free(struct github_url *parsed);
