/* A host and a profile: what the one lacks for the other. */
#pragma once

#include "policy/plan.h"
#include "sandbox/probe.h"

#include <stdbool.h>
#include <stddef.h>

/* The prerequisites of every profile, three of identity subuid, one row per limit that cannot be had, the caller, and
 * the launch itself. */
#define EXAMINATION_ROWS (PROBE_COUNT + 3 + PLAN_DEGRADABLE_COUNT + 2)

struct examination {
	struct probe rows[EXAMINATION_ROWS];
	size_t n;
	bool whole; /* every row is ok: the profile can run in full */
};

/* A new row. `name` and `why` are static. */
struct probe *examination_add(struct examination *exam, const char *name, const char *why, enum probe_state state);

/* Looks at the host and launches `true` under the profile (a name or a file). Changes nothing that stays. */
void examine(const char *profile, struct examination *exam);
