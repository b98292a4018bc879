/* Makes a file that a job can execute and not read, although the job has a root.
 * Runs in: helper, supervisor */
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <sys/stat.h>

/* Gives the caller's file `fd` (O_PATH will do) to the spare id of the caller's range, which no job has: to a job with
 * subordinate ids it is then nobody's, whom its root cannot overrule, and a process that executes it without being
 * allowed to read it cannot be looked into (ptrace(2), "Ptrace access mode checking"; would_dump() in the kernel). 1:
 * done. 0: the caller has no subordinate ids, so no job has any, and nothing was done. -1: err. */
int idmap_give_to_nobody(int fd, struct error *err);

/* Whether the file is the caller's no more. */
bool idmap_is_given(const struct stat *st);
