/* File descriptors: which ones a job gets. close_range(2), Linux 5.9; CLOSE_RANGE_CLOEXEC, 5.11. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* In the launcher, first thing: everything from 3 up becomes close-on-exec. */
int fds_prepare(struct error *err);

/* In the payload, last before the command: the kept descriptors lose close-on-exec, which all others from 3 up have. */
int fds_hand_over(const struct plan *plan, struct error *err);

/* Closes the kept descriptors, and that of the start: they belong to the payload, and an end that PID 1 or the launcher
 * held too would never show end-of-file. */
void fds_close_kept(const struct plan *plan);

/* Closes all from 3 up but the kept ones, that of the start, and the n in `own` (ours, for a while; or -1). In each
 * process of the sandbox before it resolves a path that is not ours: what the launcher or its caller has open would be
 * within reach (CVE-2024-21626). In an entrypoint, first thing, for what the container's runtime left open. */
int fds_close_others(const struct plan *plan, const int *own, size_t n, struct error *err);
