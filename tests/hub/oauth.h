/* The runner's access token for a signed assertion (facts 1.d.3), at two places: auth migration leads runners from the
 * first to the second. Handlers of routes.c: called with the lock held, they set the call's answer. */
#pragma once

#include "tests/hub/call.h"

#define OAUTH_PATH "/oauth/token"
#define OAUTH_V2_PATH "/oauth/v2/token"

void oauth_token(struct call *call);
