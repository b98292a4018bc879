/* Resolves settings to a plan: what depends on the host or on several settings at once. */
#pragma once

#include "common/error.h"
#include "policy/facts.h"
#include "policy/plan.h"

/* Completes the plan: defaults, variables to inherit, the order of mounts, the compiled seccomp filter; and decides
 * about every limit that this host cannot enforce: allowed to be missing (plan->degraded) or refused with a remedy.
 * plan->id stays NULL unless given. To be called once for a plan; one that was refused is of no further use. */
int plan_resolve(struct plan *plan, const struct facts *facts, struct error *err);

/* The part of it that every plan needs: the seccomp policy by its name or file, compiled into plan->filter. */
int plan_resolve_seccomp(struct plan *plan, struct error *err);

/* Whether it has a limit that a cgroup enforces, or names the cgroup by hand. For a plan that is resolved or not. */
bool plan_asks_for_cgroup(const struct plan *plan);
