/* Reports the protections of a successful launch: those of the plan, as far as they were verified.
 * Runs in: launcher, PID 1, command */
#pragma once

#include "policy/plan.h"
#include "sandbox/outcome/outcome.h"
#include "sandbox/verify/seen.h"

struct entrypoint;

/* Fills outcome->protections: the state of each protection, with its detail, as the plan has it (degraded where
 * plan->degraded says so), and what was seen of it. `in_cgroup`: the job has a leaf of its own. The details are
 * constants, or stay the plan's.
 */
void protections_report(
	const struct plan *plan, bool in_cgroup, const struct seen_values *seen, struct outcome *outcome);

/* The same for an entrypoint, after entrypoint_run() has carried the plan out; what the runtime around it decides is
 * named so. */
void container_protections(const struct plan *plan, const struct entrypoint *entrypoint, struct outcome *outcome);

/* The second half alone: gives each row what was seen of it, and makes those `unverified` of which something was not.
 */
void protections_verify(const struct seen_before *before, const struct seen_values *seen, struct outcome *outcome);
