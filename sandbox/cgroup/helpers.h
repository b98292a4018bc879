/* Manages the leaf of the helpers: processes outside that work for one job and that it can drive.
 *
 * The helpers are pasta and its keeper, nft, and the processes that count and list the job's files. The leaf lies
 * beside the job's, has the job's limits, and is made only for a job with a helper. The launcher stays in its own
 * cgroup. cgroups(7).
 * Runs in: launcher */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/outcome/outcome.h"

/* Makes and locks the leaf "cofferdam-<id>+helpers" below `parent`, with the limits of cgroup_limits_write_helpers().
 * `id` and the limits are the job's, whose leaf is there already: whoever has made that one has the name. On failure
 * nothing is left. */
int helpers_create(struct cgroup *helpers, const char *parent, const char *id, const struct plan_limits *limits,
	unsigned degraded, struct error *err);

/* fork(2), where there is a leaf (dirfd >= 0) into it: an error when that is refused. The child leads a session of its
 * own: setsid(2). */
pid_t helpers_fork(const struct cgroup *helpers, struct error *err);

/* Whether the kernel has killed one of them at their memory limit. A kill at that of a cgroup around theirs, or of the
 * whole machine, is counted in memory.events as well, but by `oom_kill` alone. */
bool helpers_ran_out_of_memory(const struct cgroup *helpers);

/* When all of them have been ended: kills what is left, removes the leaf. What will not go is residue. */
void helpers_remove(struct cgroup *helpers, struct outcome *outcome);
