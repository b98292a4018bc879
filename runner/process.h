/* Which process a number means: pids are used again, a pid with its start time is not. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What was killed by SIGKILL is gone within this time, or sits in the kernel and is not waited for any longer. */
#define PROCESS_KILL_LIMIT_NS (INT64_C(20) * 1000000000)

/* Clock ticks since boot when it started (/proc/PID/stat, field 22), or 0 when there is none, or none to be read. */
uint64_t process_start(pid_t pid);

/* If that very process still runs: SIGKILL, and waits at most `limit_ns` for its end. False when it is still there. */
bool process_end(pid_t pid, uint64_t start, int64_t limit_ns);

/* Reaps a child that ends within `limit_ns`; `status`, where it is not NULL, is as of waitpid(2). False: it has not
 * ended. */
bool process_reap(pid_t pid, int *status, int64_t limit_ns);

/* Kills and reaps the children that were orphaned to us (PR_SET_CHILD_SUBREAPER), but `keep`. How many there were.
 * Waits for a bounded time; what does not end is left and logged. */
unsigned process_reap_orphans(const pid_t keep[], unsigned n_keep);
