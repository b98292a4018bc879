/* Throw-away writable layers: overlayfs(5.11, userxattr) over a mirror of the host's directories, or over an unpacked
 * image, with everything that is written in the scratch file system. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* The file systems that they share; -1: none. */
struct layers {
	int scratch; /* every sandbox has one; the writable part, in directories "upper-N" and "work-N", N the row of
			the mount table or "root" */
	int mirror;  /* owned by us, read only through an overlay: directories "N" */
};
#define LAYERS_NONE ((struct layers){.scratch = -1, .mirror = -1})

/* Makes what the plan needs of them. Before any source is opened, in a mount namespace of our own. */
int layers_begin(const struct plan *plan, struct layers *layers, struct error *err);
void layers_end(struct layers *layers);

/* The detached overlay for the row `i` of the mount table, a PLAN_MOUNT_LAYER. errnum ENOENT: no such source. */
int layers_open(const struct plan *plan, size_t i, const struct layers *layers, struct error *err);

/* The detached mount for the row `i`, a bind with `view`: read-only, and of inodes of its own, so that locks (flock(2),
 * F_SETLK, leases) and watches (inotify(7)) in it meet nobody's outside. Of a directory it is an overlay, refused where
 * something is mounted below the source; of a file a copy, refused above this size. */
#define LAYERS_VIEW_FILE_MAX (1 << 20)
int layers_view(const struct plan *plan, size_t i, const struct layers *layers, struct error *err);

/* The detached overlay for the root. With root overlay what lies below it is the mirror's "root", which `skeleton` (a
 * directory for mount points and links) is filled into first, by whoever knows the mount table. */
int layers_skeleton(const struct layers *layers, struct error *err);
int layers_root(const struct plan *plan, const struct layers *layers, int skeleton, struct error *err);
