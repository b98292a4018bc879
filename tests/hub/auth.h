/* Who may call what. */
#pragma once

#include "tests/hub/call.h"

enum {
	ALLOW_PAT = 1 << 0,      /* Authorization: Bearer or token, with an administrator's token */
	ALLOW_BASIC = 1 << 1,    /* Authorization: Basic github:PAT, as config.sh --pat sends it */
	ALLOW_REGISTER = 1 << 2, /* Authorization: RemoteAuth, with a registration token */
	ALLOW_REMOVE = 1 << 3,   /* the same with a remove token */
	ALLOW_RUNNER = 1 << 4,   /* Bearer, with a runner's access token */
	ALLOW_JOB = 1 << 5,      /* Bearer, with a job's own token */
	ALLOW_TENANT = 1 << 6,   /* Bearer, with the token that runner-registration answers */
	ALLOW_APP = 1 << 7,      /* Bearer, with a token that the App has signed; alone */
};

/* Splits the Authorization header into call->auth and call->secret. */
void auth_parse(struct call *call);

/* True when the call may go on; `allow` 0 lets everybody in. Otherwise the answer is set: 401, or 404 where GitHub
 * hides the place from those who hold no valid registration token. Lock held. */
bool auth_check(struct call *call, unsigned int allow);

/* "none", "bearer", "token", "basic", "remoteauth", "other". */
const char *auth_name(enum auth_kind kind);
