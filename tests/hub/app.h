/* A GitHub App, and its installations: https://docs.github.com/rest/apps/apps
 * Handlers of routes.c: called with the lock held, they set the call's answer. */
#pragma once

#include "common/error.h"
#include "tests/hub/call.h"

#include <jansson.h>

/* There is one App: "ID:FILE", with its public key in PEM. It is installed wherever it is asked for. */
int app_set(struct store *store, const char *value, struct error *err);
void app_drop(struct store *store);

/* True when the Authorization header is of the App. Otherwise the answer is set. Lock held. */
bool app_authorize(struct call *call);

void app_installation(struct call *call);
void app_access_token(struct call *call);
