/* Which process a number means: pids are used again, a pid with its start time is not. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Clock ticks since boot when it started (/proc/PID/stat, field 22), or 0 when there is none. */
uint64_t process_start(pid_t pid);

/* If that very process still runs: SIGKILL, and waits at most `limit_ns` for its end. False when it is still there. */
bool process_end(pid_t pid, uint64_t start, int64_t limit_ns);

/* Kills and reaps the children that were orphaned to us (PR_SET_CHILD_SUBREAPER), but `keep`. How many there were. */
unsigned process_reap_orphans(const pid_t keep[], unsigned n_keep);
