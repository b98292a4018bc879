/* What the plan asks of Landlock: whether it can be had here, and what follows from other settings. */
#pragma once

#include "policy/facts.h"
#include "policy/plan.h"

#include <stdbool.h>

/* The ABI without which nothing is gained: ABI 1 forbids renaming between directories, which every build does. */
#define LANDLOCK_ABI_NEEDED 2

/* Settles plan->landlock_abi and plan->landlock_no_tcp; the filter must be compiled. Refused where Landlock is asked
 * for, cannot be had and may not be missing. */
int landlock_settle(struct plan *plan, const struct facts *facts, struct error *err);

/* Whether the job will be without Landlock, by what the plan asks and the host has. */
bool landlock_is_absent(const struct plan *plan, const struct facts *facts);
