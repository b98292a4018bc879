/* Concludes how a job ended, from what its PID 1 reported and what the kernel counted. Pure.
 * Runs in: launcher */
#pragma once

#include "policy/plan.h"
#include "sandbox/outcome/outcome.h"
#include "sandbox/watch/watch.h"

/* Fills exit_code, signal, status and ended_by of `outcome`, in the order of what overrides what. A limit is named only
 * where there is one and the kernel, or our count, says that it was reached: neither a signal nor an exit code is
 * evidence of one, for a job can raise and return what it likes. */
void conclude(const struct plan_limits *limits, const struct received *received, struct outcome *outcome);
