/* File descriptors: which ones a job gets. close_range(2), Linux 5.9; CLOSE_RANGE_CLOEXEC, 5.11. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* In the launcher, first thing: descriptors 0-2 that are closed become /dev/null, so that no later open lands there;
 * everything from 3 up becomes close-on-exec. A directory among 0-2 or the kept ones is refused: through it a job could
 * walk out of its root (CVE-2024-21626). */
int fds_prepare(const struct plan *plan, struct error *err);

/* In the payload, last before seccomp: the kept descriptors lose close-on-exec, all others from 3 up have it. */
int fds_seal(const struct plan *plan, struct error *err);

/* Closes the kept descriptors, and that of the start: they belong to the payload, and an end that PID 1 or the launcher
 * held too would never show end-of-file. */
void fds_close_kept(const struct plan *plan);

/* In an entrypoint, first thing: closes what the container's runtime left open from 3 up (CVE-2024-21626) and nobody
 * asked to keep. */
int fds_close_others(const struct plan *plan, struct error *err);
