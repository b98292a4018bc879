/* What a launch that succeeded has put up: what the plan asks for, as far as it was seen. */
#pragma once

#include "policy/plan.h"
#include "sandbox/outcome.h"
#include "sandbox/seen.h"

/* Fills outcome->protections: the state of each protection, with its detail, as the plan has it (degraded where
 * plan->degraded says so), and what was seen of it. `in_cgroup`: the job has a leaf of its own. The details are
 * constants, or stay the plan's.
 */
void protections_report(
	const struct plan *plan, bool in_cgroup, const struct seen_values *seen, struct outcome *outcome);

/* The second half alone: gives each row what was seen of it, and makes those `unverified` of which something was not.
 */
void protections_verify(const struct plan *plan, const struct seen_before *before, const struct seen_values *seen,
	struct outcome *outcome);
