/* Holds what doctor found: one row for each thing that a launch requires of a host.
 * Runs in: launcher */
#pragma once

#include "policy/plan.h"
#include "sandbox/doctor/probe.h"

#include <stdbool.h>
#include <stddef.h>

#define EXAMINATION_IDENTITY_ROWS 3
#define EXAMINATION_NETWORK_ROWS 4
#define EXAMINATION_EXPLAIN_ROWS 1
#define EXAMINATION_CGROUP_ROWS 5
#define EXAMINATION_SOURCE_ROWS 8

/* The prerequisites of every profile, those of identity subuid and of network open where they are asked for, one row
 * per limit that cannot be had and per source that is not there, the caller, a layer on disk, and the launch itself. */
#define EXAMINATION_ROWS                                                                                 \
	(PROBE_COUNT + EXAMINATION_IDENTITY_ROWS + EXAMINATION_NETWORK_ROWS + EXAMINATION_EXPLAIN_ROWS + \
		EXAMINATION_CGROUP_ROWS + EXAMINATION_SOURCE_ROWS + PLAN_DEGRADABLE_COUNT + PLAN_GRANTED_MAX + 3)

struct examination {
	struct probe rows[EXAMINATION_ROWS];
	size_t n;
	bool whole; /* every row is ok: the launch has all that it asks for */
};

/* A new row. `name` and `why` are static. */
struct probe *examination_add(struct examination *exam, const char *name, const char *why, enum probe_state state);
