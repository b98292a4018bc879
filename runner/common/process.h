/* Identifies processes by pid and start time, since pids are reused. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* How long to wait for the end of a process after SIGKILL. A process that still exists is stuck in the kernel. */
#define PROCESS_KILL_LIMIT_NS (INT64_C(20) * 1000000000)

/* Returns the start time of a process in clock ticks since boot (/proc/PID/stat, field 22), or 0 if it is unknown. */
uint64_t process_start(pid_t pid);

/* Kills this very process with SIGKILL if it still runs, and waits at most `limit_ns` for its end. False if it still
 * exists. */
bool process_end(pid_t pid, uint64_t start, int64_t limit_ns);

/* Reaps a child that ends within `limit_ns`. `status`, unless NULL, is set as by waitpid(2). False if the child has not
 * ended. */
bool process_reap(pid_t pid, int *status, int64_t limit_ns);

/* Kills and reaps the orphans that we adopted (PR_SET_CHILD_SUBREAPER), except `keep`, and returns their number. Waits
 * for a bounded time, then logs a process that does not end and leaves it. */
unsigned process_reap_orphans(const pid_t keep[], unsigned n_keep);
