/* Keeps a layer on disk: a directory of its own on the host for what a sandbox writes over its root.
 *
 * All of a user's lie in one directory (plan_root.layers), which no job is shown (store_cover.h). A launcher holds a
 * lock (flock(2)) on its own while its job runs; one that nobody holds belongs to a launcher that was killed, and the
 * next launch with such a layer removes it. overlayfs needs extended attributes, file types in directories and
 * whiteouts above: so the file system is ext4, xfs or btrfs, or the launch is refused. Runs in: launcher, child, helper
 */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/outcome/outcome.h"

#include <sys/stat.h>

struct layer_dir {
	int base, fd; /* of all layers; this one, locked. -1: it lies in memory */
	char *path;   /* of this one, absolute */
	dev_t dev;    /* which directory it is */
	ino_t ino;
	struct timespec made; /* by the clock of its file system: nothing in it is older */
};
#define LAYER_DIR_NONE ((struct layer_dir){.base = -1, .fd = -1})

/* Whether a layer on disk can be made there, but for room; makes only the directory of all. -1 with err. */
int layer_dir_check(const struct plan_root *root, struct error *err);

/* Removes, for a few seconds, what killed launchers have left, and makes a directory named after `id` (NULL: after this
 * process), whose name no other has. Any number may do so at once. layer_dir_close() is due also after failure. */
int layer_dir_make(const struct plan_root *root, const char *id, struct layer_dir *layer, struct error *err);

/* In the child: opens it again (O_PATH), the same directory and no other. -1 with err. */
int layer_dir_open(const struct layer_dir *layer, struct error *err);

/* After the last process of the job is gone: removes it with all that is in it, by a process in the job's user
 * namespace `userns`, in the leaf `helpers`, which may remove what belongs to any of the job's ids. What is left after
 * a minute, or `grace_ns` after a signal, is residue, and removed by a later launch. */
void layer_dir_remove(
	struct layer_dir *layer, int userns, const struct cgroup *helpers, int64_t grace_ns, struct outcome *outcome);

/* Lets go of it. What was not removed, since there was no user namespace, is removed here. */
void layer_dir_close(struct layer_dir *layer);
