/* Mirrors the host's directories, owned by the job, as the middle of a layer.
 *
 * To an unprivileged user namespace the host's root is nobody: what it owns cannot be changed and not be copied up
 * (the upper file system cannot store an id that is not mapped: EOVERFLOW). In a stack of directories the topmost
 * gives owner and mode, so a tree of empty directories of our own over /usr makes every directory of it the job's to
 * change, while the files are still the host's. Kernel: Documentation/filesystems/overlayfs.rst, "Merged directories".
 * Runs in: launcher, child */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

#include <stdbool.h>
#include <sys/stat.h>

/* The file system that holds them: a tmpfs with room for MIRROR_DIRECTORIES_MAX and some copies. Detached. */
#define MIRROR_DIRECTORIES_MAX 262144
int mirror_create(struct error *err);

/* The mode of a directory that the job owns, of the host's mode: the job must be able to enter. */
#define MIRROR_MODE(mode) (((mode)&01777) | 0700)

/* Is told of every directory and file that the mirror depends on, before it is read: its path below `from`, and what it
 * is. */
struct mirror_observer {
	void (*note)(struct mirror_observer *observer, const char *path, const struct stat *st);
};

/* Makes the directories below `from` again below `to`, with the files that `copy` names. What the caller cannot read is
 * left out. Follows no symbolic link, crosses no mount but with PLAN_COPY_ALL. `path` names it in errors; `observer`
 * may be NULL. */
int mirror_tree(
	int from, int to, const char *path, enum plan_copy copy, struct mirror_observer *observer, struct error *err);

/* Takes the entry `path`, absolute inside the mirrored tree, out of what will be seen; with a whiteout where `over`
 * something, that is where the host's tree lies below. Where it cannot be reached, the path must be covered
 * otherwise. */
void mirror_hide(int to, const char *path, bool over);

/* The same for a mirror `below` that others share: makes in `to`, an empty layer over it, a whiteout and the
 * directories that lead to it. Where it does not succeed, the path must be covered otherwise. */
void mirror_hide_over(int to, int below, const char *path);
