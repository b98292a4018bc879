/* Writes a plan's limits to the files of a cgroup, and reads them back.
 * Runs in: launcher, PID 1, command */
#pragma once

#include "policy/limits.h"
#include "sandbox/cgroup/cgroup.h"

/* The controllers that the limits need which are to be enforced: enum facts_controller. */
unsigned cgroup_limits_controllers(const struct plan_limits *limits, unsigned degraded);

/* The number that stands in the limit's file for a value: of cpu.max, µs in each period. */
uint64_t cgroup_limits_number(const struct limit *limit, uint64_t value);

/* What the limit is of a device, 0 for none. */
uint64_t cgroup_limits_rate(const struct plan_limits *limits, unsigned degraded, const struct plan_device *device,
	const struct limit *limit);

/* Writes the limits into the job's leaf. At the memory limit all that is in it is killed at once. */
int cgroup_limits_write(
	const struct cgroup *cgroup, const struct plan_limits *limits, unsigned degraded, struct error *err);

/* The same limits into the leaf of the job's helpers, but none below what these need to do their work:
 * helpers_least of the row. At the memory limit the largest of them is killed, not all. */
int cgroup_limits_write_helpers(
	const struct cgroup *helpers, const struct plan_limits *limits, unsigned degraded, struct error *err);
