/* What a plan's limits become in the files of a cgroup, and what those files say afterwards. */
#pragma once

#include "sandbox/cgroup.h"

/* The controllers that the limits need which are to be enforced: enum facts_controller. */
unsigned cgroup_limits_controllers(const struct plan *plan);

/* Writes the limits into the leaf. */
int cgroup_limits_write(const struct cgroup *cgroup, const struct plan *plan, struct error *err);
