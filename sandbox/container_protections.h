/* What an entrypoint has put up, and what it leaves to the runtime around it. */
#pragma once

#include "policy/plan.h"
#include "sandbox/entrypoint.h"
#include "sandbox/outcome.h"
#include "sandbox/seen.h"

/* Fills outcome->protections: the state of each protection, with its detail, after entrypoint_drop() and with the plan
 * carried out, and what was seen of it. What the runtime decides is named so. The details are constants, or stay the
 * plan's. */
void container_protections(const struct plan *plan, const struct entrypoint *entrypoint, const struct seen_values *seen,
	struct outcome *outcome);
