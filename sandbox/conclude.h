/* How a job ended, from what its PID 1 said and what the kernel counted. Pure. */
#pragma once

#include "policy/plan.h"
#include "sandbox/outcome.h"
#include "sandbox/supervise.h"

/* Fills exit_code, signal, status and ended_by of `outcome`, in the order of what overrides what. A limit is named only
 * where the plan has it and the kernel, or our count, says that it was reached: neither a signal nor an exit code is
 * evidence of one, for a job can raise and return what it likes. */
void conclude(const struct plan *plan, const struct told *told, struct outcome *outcome);
