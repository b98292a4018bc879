/* Closes all file descriptors but those that a job gets.
 * close_range(2), Linux 5.9; CLOSE_RANGE_CLOEXEC, 5.11.
 * Runs in: launcher, child, PID 1, command */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* What options require of the caller. */
#define FDS_KEEP_HINT "--keep-fd requires a descriptor that the caller has open"
#define FDS_START_HINT "--start-fd requires the reading end of a pipe, or a socket, that the caller has open"
#define FDS_DENIALS_HINT "--denials-fd requires a regular file that the caller has open for writing"

/* In the launcher, first thing: everything from 3 up becomes close-on-exec. */
int fds_prepare(struct error *err);

/* Before anything is opened: refuses a descriptor that is to be kept, that of the start, or that of the denials, which
 * the caller does not have open. What the launcher opens later could have its number. */
int fds_check_given(const struct plan_fds *fds, struct error *err);

/* In the payload, last before the command: the kept descriptors lose close-on-exec, which all others from 3 up have. */
int fds_hand_over(const struct plan_fds *fds, struct error *err);

/* Closes the kept descriptors, and that of the start: they belong to the payload, and an end that PID 1 or the launcher
 * held too would never show end-of-file. */
void fds_close_kept(const struct plan_fds *fds);

/* Closes all from 3 up but the kept ones, that of the start, and the n in `own` (ours, for a while; or -1). In each
 * process of the sandbox before it resolves a path that is not ours: what the launcher or its caller has open would be
 * within reach (CVE-2024-21626). In an entrypoint, first thing, for what the container's runtime left open. */
int fds_close_others(const struct plan_fds *fds, const int *own, size_t n, struct error *err);
