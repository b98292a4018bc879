/* After the job: remove what is left, then look whether anything is. */
#pragma once

#include "sandbox/cgroup.h"
#include "sandbox/outcome.h"

#include <sys/types.h>

/* Measures and removes the cgroup, then looks: processes that are still in the PID namespace `pidns` (0: not looked
 * for), a cgroup that would not go. What is found goes into outcome->residue. */
void teardown(struct cgroup *cgroup, ino_t pidns, struct outcome *outcome);

/* Notes what is left; takes `what` over (NULL: memory ran out, nothing is noted). */
void teardown_add_residue(struct outcome *outcome, char *what);
