/* The run service: a job from its acquisition to its end (facts 1.d.5).
 * Handlers of routes.c: called with the lock held, they set the call's answer. */
#pragma once

#include "tests/hub/call.h"

void run_acquire(struct call *call);
void run_renew(struct call *call);
void run_complete(struct call *call);
