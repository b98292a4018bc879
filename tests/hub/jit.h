/* Just-in-time runners: registration and key made here, handed over in one blob.
 * Handlers of routes.c: called with the lock held, they set the call's answer. */
#pragma once

#include "tests/hub/call.h"

void jit_generate(struct call *call);
