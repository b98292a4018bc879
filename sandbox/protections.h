/* What a launch that succeeded has put up: derived from the plan, for every step of it is applied or the launch fails.
 */
#pragma once

#include "policy/plan.h"
#include "sandbox/outcome.h"

/* Fills outcome->protections: the state of each protection, with its detail, as the plan has it (degraded where
 * plan->degraded says so). `in_cgroup`: the job has a leaf of its own. The details are constants, or stay the plan's.
 */
void protections_report(const struct plan *plan, bool in_cgroup, struct outcome *outcome);
