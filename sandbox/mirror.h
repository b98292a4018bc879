/* The middle of a layer: directories of the host's system once more, owned by the job.
 *
 * To an unprivileged user namespace the host's root is nobody: what it owns cannot be changed and not be copied up (the
 * upper file system cannot store an id that is not mapped: EOVERFLOW). In a stack of directories the topmost gives
 * owner and mode, so a tree of empty directories of our own over /usr makes every directory of it the job's to change,
 * while the files are still the host's. Kernel: Documentation/filesystems/overlayfs.rst, "Merged directories". */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* The file system that holds them: a tmpfs with room for MIRROR_DIRECTORIES_MAX and some copies. Detached. */
#define MIRROR_DIRECTORIES_MAX 262144
int mirror_create(struct error *err);

/* Makes the directories below `from` again below `to`, with the files that `copy` names. What the caller cannot read is
 * left out. Follows no symbolic link, crosses no mount but with PLAN_COPY_ALL. `path` names it in errors. */
int mirror_tree(int from, int to, const char *path, enum plan_copy copy, struct error *err);

/* Takes the entry `path`, absolute inside the mirrored tree, out of what will be seen; with a whiteout where `over`
 * something, that is where the host's tree lies below. True when it is gone; false when it could not be reached here
 * and must be covered otherwise. */
bool mirror_hide(int to, const char *path, bool over);
