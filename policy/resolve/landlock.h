/* Resolves what the plan requires of Landlock: its availability here, and what other settings imply. */
#pragma once

#include "policy/facts.h"
#include "policy/plan.h"

#include <stdbool.h>

/* The ABI without which nothing is gained: ABI 1 forbids renaming between directories, which every build does. */
#define LANDLOCK_ABI_NEEDED 2

/* Refused where Landlock is asked for, unavailable and may not be missing. */
int landlock_check(struct plan *plan, const struct facts *facts, struct error *err);

/* Sets plan->landlock.abi and plan->landlock.no_tcp; the filter must be compiled. */
void landlock_resolve(struct plan *plan, const struct facts *facts);

/* Whether the job will be without Landlock, by what the plan asks and the host has. */
bool landlock_is_absent(const struct plan *plan, const struct facts *facts);
