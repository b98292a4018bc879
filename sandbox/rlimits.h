/* Resource limits of a process. setrlimit(2). */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* No core files; RLIMIT_NOFILE from the plan; RLIMIT_NPROC where it stands in for pids.max (counted per user namespace
 * since Linux 5.14, so it counts this sandbox alone). Soft and hard limits are the same: nothing inside can raise them.
 */
int rlimits_apply(const struct plan *plan, struct error *err);
