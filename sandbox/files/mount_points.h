/* Makes the mount points that a launch needs in writable directories of the host, and removes them at the end.
 *
 * `--workspace W --tmpfs W/cache` needs a W/cache. What is missing is made from outside before the sandbox is, so that
 * it is known which directories and files are the launch's own. The components may be a job's: no symbolic link is
 * followed, and nothing is removed but what is the same inode and empty. A launch that uses a mount point holds a
 * shared lock (flock(2)) on it: who removed one would take the mount away from the other launch, too (rmdir(2) of what
 * is a mount point elsewhere, Linux 3.18). What lies on another file system below, or on one of a server (FUSE, NFS),
 * is left to the child: a launcher that waits there keeps no time limit. Runs in: launcher */
#pragma once

#include "policy/plan.h"

#include <stddef.h>

struct mount_points {
	struct mount_point *points; /* owned; in the order in which they were made */
	size_t n;
};

/* What cannot be made is left to who mounts there, and says why. Makes no system call where nothing is mounted in a
 * writable directory of the host. */
void mount_points_make(const struct plan_root *root, struct mount_points *points);

/* Once no process of the job is left. Removes what nobody else uses, and zeroes. */
void mount_points_end(struct mount_points *points);
