/* What a plan's limits become in the files of a cgroup, and what those files say afterwards. */
#pragma once

#include "sandbox/cgroup.h"

/* The controllers that the limits need which are to be enforced: enum facts_controller. */
unsigned cgroup_limits_controllers(const struct plan *plan);

/* cpu.max: what the job may use in each period, in µs; 0 without a limit. */
uint64_t cgroup_limits_quota(const struct plan *plan);

/* io.max: bytes per second from and to a device, 0 for no limit. False: neither has one. */
bool cgroup_limits_io(const struct plan *plan, const struct plan_device *device, uint64_t *read, uint64_t *written);

/* Writes the limits into the leaf. */
int cgroup_limits_write(const struct cgroup *cgroup, const struct plan *plan, struct error *err);
