/* What a launch that succeeded has put up: derived from the plan, for every step of it is applied or the launch fails.
 */
#pragma once

#include "policy/plan.h"
#include "sandbox/outcome.h"

void protections_report(const struct plan *plan, bool in_cgroup, struct outcome *outcome);
