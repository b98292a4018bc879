/* Examines a host for a launch: what its plan requires and the host lacks.
 * Runs in: launcher */
#pragma once

#include "common/error.h"
#include "sandbox/doctor/examination.h"

/* Makes the plan of the launch, unresolved, for plan_free(). It is made several times, as resolving it changes it. */
struct wish {
	int (*make)(void *context, struct plan *plan, struct error *err);
	void *context;
};

/* Looks at the host and launches `true` under the plan, without the report, and what waits for the caller. Changes
 * nothing that stays. -1: the plan cannot be made. */
int examine(const struct wish *wish, struct examination *exam, struct error *err);
