/* Starts a process that works in the job's user namespace and in no other namespace of its sandbox.
 * Runs in: launcher */
#pragma once

#include "common/error.h"
#include "sandbox/cgroup/cgroup.h"

#include <sys/types.h>

/* Forks a process, in the leaf `helpers` where there is one, that enters the user namespace and has every capability in
 * it, and nothing more than before outside of it. Dies with the launcher. Returns its pid, 0 in it; setns(2),
 * user_namespaces(7). */
pid_t fork_in_userns(int userns, const struct cgroup *helpers, struct error *err);
