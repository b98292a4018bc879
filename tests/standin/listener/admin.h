/* The calls that configure and remove make: facts 1.d.2, "v2". */
#pragma once

#include "common/error.h"

#include <stdbool.h>

/* What a GitHub URL (https://HOST/OWNER[/REPO], …/enterprises/E) means. Strings are owned. */
struct admin_scope {
	char *url;
	char *api;    /* https://api.github.com, or SCHEME://HOST[:PORT]/api/v3 */
	char *entity; /* repos/OWNER/REPO, orgs/OWNER or enterprises/E */
};

struct admin_registration {
	const char *name;
	const char *labels; /* custom ones, comma separated, or NULL */
	bool default_labels;
	bool disable_update;
	bool ephemeral;
	long long group_id;
	const char *public_key;
	long long replaces; /* the id of the runner to replace, or 0 */
};

struct admin_registered {
	long long id;
	char *client_id;
	char *authorization_url;
	char *server_url;
};

int admin_scope_parse(struct admin_scope *scope, const char *url, struct error *err);
void admin_scope_free(struct admin_scope *scope);

/* Makes a token of `kind` ("registration" or "remove") with a personal access token. The caller frees. */
char *admin_token(const struct admin_scope *scope, const char *pat, const char *kind, struct error *err);

/* The token exchange; `event` is "register" or "remove". < 0 when the token is refused. */
int admin_connect(const struct admin_scope *scope, const char *token, const char *event, struct error *err);

/* The id of the runner group `name` (NULL: the default group). */
int admin_group(const struct admin_scope *scope, const char *token, const char *name, long long *id, struct error *err);

/* The id of the runner `name`, 0 when there is none. */
int admin_find(const struct admin_scope *scope, const char *token, const char *name, long long *id, struct error *err);

int admin_register(const struct admin_scope *scope, const char *token, const struct admin_registration *registration,
	struct admin_registered *registered, struct error *err);
void admin_registered_free(struct admin_registered *registered);

/* < 0 on error, and when there is none of this id. */
int admin_delete(const struct admin_scope *scope, const char *token, long long id, struct error *err);
