/* Ctrl-Z at a launcher: the job stops too. cgroups(7), credentials(7) on job control. */
#pragma once

#include "sandbox/supervise.h"

/* Where the job has a cgroup: SIGTSTP freezes it (cgroup.freeze) and stops the launcher, SIGCONT lets both go on. A
 * stop signal would not do: the job's session has no terminal, and the kernel ignores SIGTSTP there. Without a cgroup
 * nothing is watched, and SIGTSTP stays blocked. The time limit goes on meanwhile. */
int suspend_watch(struct watch *watch, struct error *err);
