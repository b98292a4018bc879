/* The runner's access token for a signed assertion (facts 1.d.3).
 * Handlers of routes.c: called with the lock held, they set the call's answer. */
#pragma once

#include "tests/hub/call.h"

void oauth_token(struct call *call);
