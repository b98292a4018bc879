/* A host and a profile: what the one lacks for the other. */
#pragma once

#include "policy/plan.h"
#include "sandbox/probe.h"

#include <stdbool.h>
#include <stddef.h>

#define EXAMINATION_IDENTITY_ROWS 3
#define EXAMINATION_NETWORK_ROWS 4
#define EXAMINATION_EXPLAIN_ROWS 1
#define EXAMINATION_CGROUP_ROWS 5

/* The prerequisites of every profile, those of identity subuid and of network open where they are asked for, one row
 * per limit that cannot be had, the caller, and the launch itself. */
#define EXAMINATION_ROWS                                                                                 \
	(PROBE_COUNT + EXAMINATION_IDENTITY_ROWS + EXAMINATION_NETWORK_ROWS + EXAMINATION_EXPLAIN_ROWS + \
		EXAMINATION_CGROUP_ROWS + PLAN_DEGRADABLE_COUNT + 2)

struct examination {
	struct probe rows[EXAMINATION_ROWS];
	size_t n;
	bool whole; /* every row is ok: the profile can run in full */
};

/* A new row. `name` and `why` are static. */
struct probe *examination_add(struct examination *exam, const char *name, const char *why, enum probe_state state);

/* Looks at the host and launches `true` under the profile (a name or a file). Changes nothing that stays. */
void examine(const char *profile, struct examination *exam);
