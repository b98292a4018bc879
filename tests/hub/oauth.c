#include "tests/hub/oauth.h"

#include "tests/hub/clock.h"
#include "tests/hub/jwt.h"
#include "tests/hub/memory.h"
#include "tests/hub/runners.h"
#include "tests/hub/tokens.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <stdlib.h>
#include <string.h>

#define ACCESS_TOKEN_S 3000
#define CLOCK_SKEW_S 300

/* The value of one field of the form, percent-decoded. NULL when it is absent. The caller frees. */
static char *form_field(const char *form, const char *name)
{
	size_t name_len = strlen(name);

	while (form != NULL && *form != '\0') {
		size_t len = strcspn(form, "&");

		if (len > name_len && form[name_len] == '=' && strncmp(form, name, name_len) == 0) {
			char *value = must(strndup(form + name_len + 1, len - name_len - 1));

			for (char *p = value; *p != '\0'; p++)
				if (*p == '+')
					*p = ' ';
			MHD_http_unescape(value);
			return value;
		}
		form += len + (form[len] == '&');
	}
	return NULL;
}

static void refuse(struct call *call, const char *error, const char *why)
{
	call_answer(
		call, MHD_HTTP_BAD_REQUEST, must(json_pack("{s:s, s:s}", "error", error, "error_description", why)));
}

/* NULL when the claims are good, otherwise what is wrong with them. */
static const char *check_claims(const struct call *call, json_t *claims)
{
	const char *iss = json_string_value(json_object_get(claims, "iss"));
	const char *sub = json_string_value(json_object_get(claims, "sub"));
	const char *aud = json_string_value(json_object_get(claims, "aud"));
	const json_t *exp = json_object_get(claims, "exp"), *nbf = json_object_get(claims, "nbf");
	_cleanup_(freep) char *here = must(format("%s%s", call->store->settings.base, call->url));

	if (iss == NULL || sub == NULL || strcmp(iss, sub) != 0)
		return "iss and sub are not the client id";
	if (aud == NULL || strcmp(aud, here) != 0)
		return "aud is not the authorization URL";
	if (!json_is_number(exp) || (int64_t)json_number_value(exp) + CLOCK_SKEW_S < wall_s())
		return "the assertion has expired";
	if (json_is_number(nbf) && (int64_t)json_number_value(nbf) - CLOCK_SKEW_S > wall_s())
		return "the assertion is not valid yet";
	return NULL;
}

static void grant(struct call *call, const struct runner *runner)
{
	json_t *claims = must(json_pack("{s:s, s:s, s:I}", "sub", runner->client_id, "iss", "hub", "exp",
		(json_int_t)wall_s() + ACCESS_TOKEN_S));
	_cleanup_(freep) char *jwt = jwt_make(claims);

	json_decref(claims);
	token_add(call->store, TOKEN_ACCESS, jwt, NULL, runner->id, ACCESS_TOKEN_S);
	call_answer(call, MHD_HTTP_OK,
		must(json_pack("{s:s, s:i, s:s, s:s}", "access_token", jwt, "expires_in", ACCESS_TOKEN_S, "scope",
			"actions:read", "token_type", "access_token")));
}

void oauth_token(struct call *call)
{
	_cleanup_(freep) char *type = form_field(call->body, "grant_type");
	_cleanup_(freep) char *assertion_type = form_field(call->body, "client_assertion_type");
	_cleanup_(freep) char *assertion = form_field(call->body, "client_assertion");
	json_t *claims = assertion == NULL ? NULL : jwt_claims(assertion);
	const struct runner *runner = NULL;
	const char *wrong, *client;
	struct error err;

	if (type == NULL || strcmp(type, "client_credentials") != 0) {
		refuse(call, "unsupported_grant_type", "grant_type is not client_credentials");
	} else if (assertion_type == NULL ||
		   strcmp(assertion_type, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer") != 0 ||
		   claims == NULL) {
		refuse(call, "invalid_request", "client_assertion is no JWT");
	} else if ((wrong = check_claims(call, claims)) != NULL) {
		refuse(call, "invalid_request", wrong);
	} else {
		client = json_string_value(json_object_get(claims, "sub"));
		runner = runner_by_client(call->store, client);
		if (runner == NULL)
			refuse(call, "invalid_client", "the registration has been deleted");
		else if (runner->key != NULL && jwt_verify(assertion, runner->key, &err) < 0)
			refuse(call, "invalid_client", err.text);
		else
			grant(call, runner);
	}
	json_decref(claims);
}
