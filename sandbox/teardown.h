/* Cleans up after a job: removes what is left, then verifies that nothing is.
 * Runs in: launcher */
#pragma once

#include "sandbox/cgroup/cgroup.h"
#include "sandbox/outcome/outcome.h"

#include <sys/types.h>

/* Measures and removes the cgroup, then looks: processes that are still in the PID namespace `pidns` (0: not looked
 * for), a cgroup that would not go. What is found goes into outcome->residue. */
void teardown(struct cgroup *cgroup, ino_t pidns, struct outcome *outcome);
