/* Resolves the plan of `cofferdam entrypoint`: PID 1 of a container, without namespaces of its own. */
#pragma once

#include "common/error.h"
#include "policy/facts.h"
#include "policy/plan.h"

#include <stdbool.h>

/* What the plan depends on, besides struct facts. */
struct container_facts {
	int landlock_abi;    /* 0: none that could be used */
	int landlock_errnum; /* why not: of landlock_create_ruleset(2), or 0 */
	bool filtered;       /* a seccomp filter is in force already: that of the container's runtime */
};

/* plan_resolve() for an entrypoint. Decides about Landlock where it is missing (plan->degraded, or refused); selects
 * the environment; compiles the seccomp policy. Without --workdir plan->command.workdir stays NULL: the container's
 * own. */
int container_resolve(
	struct plan *plan, const struct facts *facts, const struct container_facts *container, struct error *err);
