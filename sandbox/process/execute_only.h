/* Checks a program whose memory the other processes of its sandbox must not inspect.
 *
 * The kernel keeps a process closed (non-dumpable: no ptrace(2), no /proc/PID/mem) if its program may be executed and
 * not read, unless fs.suid_dumpable is 1: that value is what such a process gets instead. See would_dump() and
 * begin_new_exec() in fs/exec.c, proc_sys_fs(5).
 * Runs in: command */
#pragma once

#include "common/error.h"

#include <stdbool.h>

/* Whether the kernel keeps such a process closed with this content of /proc/sys/fs/suid_dumpable: 0, or 2, with which
 * root alone can read its core dump. */
bool execute_only_is_effective(const char *suid_dumpable);

/* To be asked with the credentials that the job begins with, behind the job's own /proc. 0: `file` is one that no
 * process of the job can read or change, whichever of the job's ids and capabilities it has, and the kernel keeps its
 * process closed. -1 with err: it is not, or that could not be seen. */
int execute_only_check(const char *file, struct error *err);
