/* Resolves paths whose components another party may have written: a job, an earlier job, an image.
 *
 * All such paths are resolved by openat2(2) (Linux 5.6), which can be told which links not to follow. A magic link
 * (those of /proc/PID/fd, cwd, root and exe) leads to a file or directory itself, past every root: through one a
 * process reaches what an outer process holds open (CVE-2024-21626).
 * Runs in: launcher, child, command, helper, supervisor */
#pragma once

#include "common/error.h"

#include <linux/openat2.h>

/* Opens `path` with `flags` and O_CLOEXEC. `resolve`: RESOLVE_*; no magic link is followed in any case. A descriptor,
 * or -1 with errno. */
int lookup_open(int dirfd, const char *path, int flags, unsigned resolve);

/* Makes `path` the current directory, and sees to it that it lies below the root. Links that lead elsewhere in the root
 * are followed. -1 with err: "WHAT PATH: …". */
int lookup_enter(const char *what, const char *path, struct error *err);

/* The remedy for a lookup that failed, where the reason is this kind of lookup; else none. Returns -1. */
int lookup_hint(struct error *err);
