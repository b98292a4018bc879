#include "tests/hub/app.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/clock.h"
#include "tests/hub/encode.h"
#include "tests/hub/jwt.h"
#include "tests/hub/memory.h"
#include "tests/hub/tokens.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_S 600

/* What is installed where. */
struct app {
	char *id;
	EVP_PKEY *key;
	json_t *installations; /* scopes; the id of an installation is one more than the index */
};

int app_set(struct store *store, const char *value, struct error *err)
{
	const char *colon = strchr(value, ':');
	FILE *file = colon != NULL ? fopen(colon + 1, "re") : NULL;
	EVP_PKEY *key = file != NULL ? PEM_read_PUBKEY(file, NULL, NULL, NULL) : NULL;
	struct app *app;

	if (file != NULL)
		fclose(file);
	if (key == NULL)
		return error_set(err, 0, "%s: not ID:FILE, with a public key in PEM", value);
	app_drop(store);
	app = must(calloc(1, sizeof *app));
	app->id = must(strndup(value, (size_t)(colon - value)));
	app->key = key;
	app->installations = must(json_array());
	store->app = app;
	return 0;
}

void app_drop(struct store *store)
{
	if (store->app == NULL)
		return;
	EVP_PKEY_free(store->app->key);
	free(store->app->id);
	json_decref(store->app->installations);
	free(store->app);
	store->app = NULL;
}

/* NULL when the claims are good, otherwise GitHub's words. */
static const char *check_times(json_t *claims)
{
	const json_t *iat = json_object_get(claims, "iat"), *exp = json_object_get(claims, "exp");

	if (!json_is_integer(iat) || json_integer_value(iat) > wall_s())
		return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
	if (!json_is_integer(exp) || json_integer_value(exp) <= wall_s())
		return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
	if (json_integer_value(exp) > wall_s() + LONGEST_S)
		return "'Expiration time' claim ('exp') is too far in the future";
	return NULL;
}

bool app_authorize(struct call *call)
{
	json_t *claims = call->auth == AUTH_BEARER ? jwt_claims(call->secret) : NULL;
	const char *iss = json_string_value(json_object_get(claims, "iss"));
	const struct app *app = call->store->app;
	const char *wrong = "A JSON web token could not be decoded";
	struct error ignored;

	if (app != NULL && iss != NULL && strcmp(iss, app->id) == 0 &&
		jwt_verify(call->secret, app->key, &ignored) == 0)
		wrong = check_times(claims);
	json_decref(claims);
	if (wrong != NULL)
		call_error(call, MHD_HTTP_UNAUTHORIZED, "%s", wrong);
	return wrong == NULL;
}

void app_installation(struct call *call)
{
	json_t *installations = call->store->app->installations, *one;
	size_t i;

	json_array_foreach (installations, i, one)
		if (strcasecmp(json_string_value(one), call->scope) == 0)
			break;
	if (i == json_array_size(installations))
		json_array_append_new(installations, must(json_string(call->scope)));
	call_answer(call, MHD_HTTP_OK, must(json_pack("{s:i, s:s}", "id", (int)i + 1, "app_slug", "runners")));
}

/* Whether the token is asked for what runners of this entity require, and for no more. */
static bool is_narrow(const char *scope, json_t *body)
{
	const json_t *repositories = json_object_get(body, "repositories"),
		     *permissions = json_object_get(body, "permissions");
	const bool is_repository = strncmp(scope, "repos/", 6) == 0;
	const char *wanted = is_repository ? "administration" : "organization_self_hosted_runners", *name, *may;

	if (strncmp(scope, "enterprises/", 12) == 0)
		return true;
	may = json_string_value(json_object_get(permissions, wanted));
	if (json_object_size(permissions) != 1 || may == NULL || strcmp(may, "write") != 0)
		return false;
	if (!is_repository)
		return repositories == NULL;
	name = json_string_value(json_array_get(repositories, 0));
	return json_array_size(repositories) == 1 && name != NULL && strcmp(name, strrchr(scope, '/') + 1) == 0;
}

void app_access_token(struct call *call)
{
	const char *scope = json_string_value(
		json_array_get(call->store->app->installations, (size_t)call_arg_number(call, 0) - 1));
	const int64_t life_s = call->store->settings.token_s;
	_cleanup_(freep) char *value = NULL;
	json_t *body = call_json(call);
	char expires[ISO_TIME_MAX];

	if (body == NULL)
		return;
	if (scope == NULL) {
		call_error(call, MHD_HTTP_NOT_FOUND, "Not Found");
		return;
	}
	if (!is_narrow(scope, body)) {
		call_error(call, MHD_HTTP_UNPROCESSABLE_CONTENT,
			"The permissions requested are not granted to this installation.");
		return;
	}
	value = random_hex("ghs_", 18);
	token_add(call->store, TOKEN_PAT, value, scope, 0, life_s);
	call_answer(call, MHD_HTTP_CREATED,
		must(json_pack("{s:s, s:s}", "token", value, "expires_at", iso_time(life_s, expires))));
}
