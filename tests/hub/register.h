/* Registration by config.sh (facts 1.d.2).
 * Handlers of routes.c: called with the lock held, they set the call's answer. */
#pragma once

#include "tests/hub/call.h"

void register_event(struct call *call);
void register_runner(struct call *call);
