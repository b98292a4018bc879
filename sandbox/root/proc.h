/* Mounts /proc: a new procfs of the PID namespace. proc(5).
 * Runs in: child */
#pragma once

#include "common/error.h"
#include "sandbox/root/mask.h"

#include <stddef.h>

/* What is written to a file below /proc/sys while that can still be written. */
struct proc_value {
	const char *path; /* "sys/net/…", relative to /proc */
	char text[32];
};

/* Mounts it at `rootfd`/proc, a root that is not entered yet, with the masks of sandbox/root/proc_masks.h, the limited
 * counters of sandbox/root/ucounts.h and the values written (a file that the kernel does not have is passed over). The
 * working directory is that /proc afterwards. 0, or -1 with err: EPERM where the host's /proc is covered in parts, with
 * the remedy. */
int proc_mount(int rootfd, struct mask *mask, const struct proc_value *values, size_t n_values, struct error *err);
