/* The plan of `cofferdam entrypoint`: PID 1 of a container, which can do without any namespace of its own. What only
 * the container's runtime can decide is refused by name, with the runtime's own option. */
#pragma once

#include "common/error.h"
#include "policy/facts.h"
#include "policy/plan.h"
#include "policy/settings.h"

#include <stdbool.h>

/* What the plan depends on, besides struct facts. */
struct container_facts {
	int landlock_abi;    /* 0: none that could be used */
	int landlock_errnum; /* why not: of landlock_create_ruleset(2), or 0 */
	bool filtered;       /* a seccomp filter is in force already: that of the container's runtime */
};

/* Whether the setting has a meaning for an entrypoint. */
bool container_takes(const struct setting *setting);

/* What the setting takes and means for an entrypoint, where that is not what it is for `run`; NULL: it is. */
struct container_meaning {
	const char *key, *arg, *help; /* as of struct setting */
};
const struct container_meaning *container_meaning(const struct setting *setting);

/* Refuses a setting that only the container's runtime can carry out, with the runtime's own option. setting_apply()
 * asks it about everything that goes into the plan of an entrypoint. `label`: as setting_label() writes it. */
int container_admit(const struct setting *setting, const char *label, struct error *err);

/* plan_resolve() for an entrypoint. Decides about Landlock where it is missing (plan->degraded, or refused); selects
 * the environment; compiles the seccomp policy. Without
 * --workdir plan->workdir stays NULL: the container's own. */
int container_resolve(
	struct plan *plan, const struct facts *facts, const struct container_facts *container, struct error *err);
