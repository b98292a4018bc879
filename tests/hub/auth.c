#include "tests/hub/auth.h"

#include "common/cleanup.h"
#include "tests/hub/app.h"
#include "tests/hub/encode.h"
#include "tests/hub/memory.h"
#include "tests/hub/tokens.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"none", "bearer", "token", "basic", "remoteauth", "other"};

const char *auth_name(enum auth_kind kind)
{
	return names[kind];
}

void auth_parse(struct call *call)
{
	const char *header =
		MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
	size_t scheme;

	if (header == NULL)
		return;
	scheme = strcspn(header, " ");
	call->auth = AUTH_OTHER;
	for (enum auth_kind kind = AUTH_BEARER; kind < AUTH_OTHER; kind++)
		if (strlen(names[kind]) == scheme && strncasecmp(header, names[kind], scheme) == 0)
			call->auth = kind;
	call->secret = copy_text(header + scheme + strspn(header + scheme, " "));
}

/* The password of "github:PAT" in base64, in place of call->secret. False when it is something else. */
static bool basic_password(struct call *call)
{
	size_t len;
	char *text = base64_decode(call->secret, strlen(call->secret), &len);
	bool ours = text != NULL && strncmp(text, "github:", 7) == 0;

	if (ours) {
		OPENSSL_cleanse(call->secret, strlen(call->secret));
		free(call->secret);
		call->secret = copy_text(text + 7);
	}
	if (text != NULL)
		OPENSSL_cleanse(text, len);
	free(text);
	return ours;
}

/* The kinds of token that each kind of header may carry, and what must be allowed for it. */
static const struct {
	enum auth_kind auth;
	unsigned int allow;
	enum token_kind kind;
} ways[] = {
	{AUTH_BEARER, ALLOW_PAT, TOKEN_PAT},
	{AUTH_TOKEN, ALLOW_PAT, TOKEN_PAT},
	{AUTH_BASIC, ALLOW_BASIC, TOKEN_PAT},
	{AUTH_REMOTE, ALLOW_REGISTER, TOKEN_REGISTER},
	{AUTH_REMOTE, ALLOW_REMOVE, TOKEN_REMOVE},
	{AUTH_BEARER, ALLOW_RUNNER, TOKEN_ACCESS},
	{AUTH_BEARER, ALLOW_JOB, TOKEN_JOB},
	{AUTH_BEARER, ALLOW_TENANT, TOKEN_TENANT},
};

bool auth_check(struct call *call, unsigned int allow)
{
	bool remote_only = (allow & ~(unsigned int)(ALLOW_REGISTER | ALLOW_REMOVE)) == 0;

	if (allow == 0)
		return true;
	if (allow == ALLOW_APP)
		return app_authorize(call);
	if (call->auth == AUTH_BASIC && (allow & ALLOW_BASIC) != 0 && !basic_password(call))
		call->auth = AUTH_OTHER;
	for (size_t i = 0; i < sizeof ways / sizeof ways[0] && call->secret != NULL; i++) {
		const struct token *token;

		if (ways[i].auth != call->auth || (allow & ways[i].allow) == 0)
			continue;
		token = token_find(call->store, ways[i].kind, call->secret);
		if (token == NULL || (call->scope != NULL && !token_covers(token, call->scope)))
			continue;
		call->owner = token->owner;
		call->by_job_token = token->kind == TOKEN_JOB;
		return true;
	}
	if (call->auth == AUTH_REMOTE || remote_only)
		call_error(call, MHD_HTTP_NOT_FOUND, "Not Found");
	else
		call_error(call, MHD_HTTP_UNAUTHORIZED, "Bad credentials");
	/* A runner calls the tenant without its token until it is asked for it, and so do config.sh and the Worker. */
	if ((allow & (ALLOW_RUNNER | ALLOW_TENANT | ALLOW_JOB)) != 0)
		call_header(call, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
	return false;
}
