#include "tests/hub/register.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/clock.h"
#include "tests/hub/jwt.h"
#include "tests/hub/memory.h"
#include "tests/hub/oauth.h"
#include "tests/hub/rsa.h"
#include "tests/hub/runners.h"
#include "tests/hub/tenant.h"
#include "tests/hub/tokens.h"

#include <stdlib.h>
#include <string.h>

#define TENANT_TOKEN_S 3600

/* The entity behind a browser URL: ".../o/r" is repos/o/r, ".../o" orgs/o, ".../enterprises/e" itself. NULL when it is
 * none of them. The caller frees. */
static char *scope_of_url(const char *url)
{
	const char *path = url == NULL ? NULL : strstr(url, "://");
	_cleanup_(freep) char *names = NULL;
	size_t slashes = 0;

	if (path == NULL || (path = strchr(path + 3, '/')) == NULL)
		return NULL;
	names = must(strdup(path + strspn(path, "/")));
	for (size_t len = strlen(names); len > 0 && names[len - 1] == '/'; len--)
		names[len - 1] = '\0';
	for (const char *p = names; *p != '\0'; p++)
		slashes += *p == '/';
	if (*names == '\0' || slashes > 1 || strstr(names, "//") != NULL || strpbrk(names, "?#% ") != NULL)
		return NULL;
	if (strncmp(names, "enterprises/", 12) == 0 || strncmp(names, "orgs/", 5) == 0)
		return take_ptr(names);
	return must(format("%s/%s", slashes == 1 ? "repos" : "orgs", names));
}

/* The token the call came with, if it may be used for `scope`. The route has found it valid before. */
static bool token_is_for(const struct call *call, enum token_kind kind, const char *scope)
{
	const struct token *token = token_find(call->store, kind, call->secret);

	return token != NULL && token_covers(token, scope);
}

void register_event(struct call *call)
{
	json_t *request = call_json(call), *claims;
	_cleanup_(freep) char *scope = NULL, *jwt = NULL, *tenant = NULL;
	const char *event;
	bool good;

	if (request == NULL)
		return;
	scope = scope_of_url(json_string_value(json_object_get(request, "url")));
	event = json_string_value(json_object_get(request, "runner_event"));
	if (event == NULL || (strcmp(event, "register") != 0 && strcmp(event, "remove") != 0)) {
		call_error(call, MHD_HTTP_UNPROCESSABLE_CONTENT,
			"Invalid request.\n\nrunner_event is register or remove.");
		return;
	}
	/* GitHub lets a registration token remove, but not a remove token register. */
	good = scope != NULL && (token_is_for(call, TOKEN_REGISTER, scope) ||
					(strcmp(event, "remove") == 0 && token_is_for(call, TOKEN_REMOVE, scope)));
	if (!good) {
		call_error(call, MHD_HTTP_NOT_FOUND, "Not Found");
		return;
	}
	claims = must(json_pack("{s:s, s:s, s:I, s:I}", "iss", "hub", "sub", scope, "nbf", (json_int_t)wall_s(), "exp",
		(json_int_t)wall_s() + TENANT_TOKEN_S));
	jwt = jwt_make(claims);
	json_decref(claims);
	token_add(call->store, TOKEN_TENANT, jwt, scope, 0, TENANT_TOKEN_S);
	tenant = tenant_url(call->store);
	call_answer(call, MHD_HTTP_OK,
		must(json_pack("{s:s, s:s, s:s, s:b}", "url", tenant, "token_schema", "OAuthAccessToken", "token", jwt,
			"use_v2_flow", !call->store->settings.older)));
}

/* True when `name` is free in `scope` after what the request replaces is gone; otherwise the answer is set. */
static bool make_room(struct call *call, const char *scope, json_t *request, const char *name)
{
	struct runner *old = runner_by_name(call->store, scope, name);
	bool replace = json_is_true(json_object_get(request, "replace"));

	if (replace && json_is_integer(json_object_get(request, "runner_id")))
		old = runner_find(call->store, scope, json_integer_value(json_object_get(request, "runner_id")));
	if (old == NULL)
		return true;
	if (!replace)
		call_error(call, MHD_HTTP_CONFLICT, "Already exists - A runner with the name %s already exists.", name);
	else if (runner_job(call->store, old) != NULL)
		call_error(call, MHD_HTTP_UNPROCESSABLE_CONTENT, "Bad request - Runner \"%s\" is still running a job\"",
			old->name);
	else {
		runner_remove(call->store, old);
		return true;
	}
	return false;
}

static void take_labels(struct runner *runner, json_t *labels)
{
	json_t *label;
	size_t i;

	json_array_foreach (labels, i, label) {
		const char *name = json_string_value(json_is_object(label) ? json_object_get(label, "name") : label);

		if (name != NULL)
			runner_add_label(runner, name);
	}
}

static void answer_runner(struct call *call, const struct runner *runner)
{
	const char *base = call->store->settings.base;
	_cleanup_(freep) char *oauth = must(format("%s" OAUTH_PATH, base));
	_cleanup_(freep) char *oauth_v2 = must(format("%s" OAUTH_V2_PATH, base));
	_cleanup_(freep) char *broker = must(format("%s/broker/", base));

	call_answer(call, MHD_HTTP_OK,
		must(json_pack("{s:I, s:s, s:b, s:O, s:{s:s, s:s, s:s, s:s}}", "id", (json_int_t)runner->id, "name",
			runner->name, "ephemeral", runner->ephemeral, "labels", runner->labels, "authorization",
			"authorization_url", oauth_v2, "legacy_authorization_url", oauth, "server_url", broker,
			"client_id", runner->client_id)));
}

void register_runner(struct call *call)
{
	json_t *request = call_json(call);
	_cleanup_(freep) char *scope = NULL;
	const char *name, *public_key, *version;
	struct runner *runner;
	json_int_t group_id;
	EVP_PKEY *key = NULL;

	if (request == NULL)
		return;
	scope = scope_of_url(json_string_value(json_object_get(request, "url")));
	name = json_string_value(json_object_get(request, "name"));
	version = json_string_value(json_object_get(request, "version"));
	public_key = json_string_value(json_object_get(request, "public_key"));
	group_id = json_is_integer(json_object_get(request, "group_id"))
			   ? json_integer_value(json_object_get(request, "group_id"))
			   : 1;
	if (scope == NULL || !token_is_for(call, TOKEN_REGISTER, scope) || store_group(call->store, group_id) == NULL) {
		call_error(call, MHD_HTTP_NOT_FOUND, "Not Found");
		return;
	}
	if (name == NULL || *name == '\0') {
		call_error(call, MHD_HTTP_UNPROCESSABLE_CONTENT,
			"Invalid request.\n\nInvalid input: object is missing required key: name.");
		return;
	}
	if (public_key != NULL)
		key = rsa_from_xml(public_key);
	if (public_key != NULL && key == NULL) {
		call_error(call, MHD_HTTP_UNPROCESSABLE_CONTENT, "Invalid request.\n\npublic_key is no RSAKeyValue.");
		return;
	}
	if (!make_room(call, scope, request, name)) {
		EVP_PKEY_free(key);
		return;
	}
	runner = runner_add(call->store, scope, name);
	runner->key = key;
	runner->group_id = group_id;
	runner->version = copy_text(version);
	runner->ephemeral = json_is_true(json_object_get(request, "ephemeral"));
	free(runner->os);
	runner->os = copy_text("Linux");
	take_labels(runner, json_object_get(request, "labels"));
	answer_runner(call, runner);
}
