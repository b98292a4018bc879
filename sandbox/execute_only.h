/* A program whose memory the other processes of its sandbox cannot look into. The kernel keeps a process closed
 * (non-dumpable: no ptrace(2), no /proc/PID/mem) whose program may be executed and not read; see would_dump() in
 * fs/exec.c. */
#pragma once

#include "common/error.h"

/* To be asked with the credentials that the job begins with. 0: `file` is one that no process of the job can read or
 * change, whichever of the job's ids and capabilities it has. -1 with err: it is not, or that could not be seen. */
int execute_only_check(const char *file, struct error *err);
