/* Mounts throw-away writable layers.
 *
 * overlayfs (5.11, userxattr) over a mirror of the host's directories, or over an unpacked image, with everything that
 * is written in the scratch file system, or in a directory on disk.
 * Runs in: child */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/root/layer_dir.h"
#include "sandbox/root/mirror_store.h"

/* The file systems that they share; -1: none. */
struct layers {
	int scratch; /* every sandbox has one; the writable part, in directories "upper-N" and "work-N", N the row of
			the mount table or "root"; "below" what lies over an image */
	int disk;    /* where that part lies instead, with a layer on disk; else -1 */
	int mirror;  /* owned by us, read only through an overlay: directories "N" */
	const struct mirror_store *shared; /* mirrors that are not this sandbox's own, if there are any */
	const struct etc *etc;             /* the files of /etc that lie below the layer; NULL: none does */
};
#define LAYERS_NONE ((struct layers){.scratch = -1, .disk = -1, .mirror = -1})

#define LAYERS_BELOW "below"

/* What the launcher has found or made for them before there was a child. */
struct layers_given {
	const struct mirror_store *mirrors;
	const struct layer_dir *disk;
};

/* Makes what such a root needs of them, the scratch file system of `size` bytes (sandbox/root/scratch.h). Before any
 * source is opened, in a mount namespace of our own. `given` and `etc` must outlive `layers`. */
int layers_begin(const struct plan_root *root, uint64_t size, const struct layers_given *given, const struct etc *etc,
	struct layers *layers, struct error *err);
void layers_end(struct layers *layers);

/* The detached overlay for the row `i` of the mount table, a PLAN_MOUNT_LAYER. errnum ENOENT: no such source.
 * Takes long where there is no shared mirror for it. */
int layers_open(const struct plan_root *root, size_t i, const struct layers *layers, struct error *err);

/* The detached mount for the row `i`, a bind with `view`: read-only, and of inodes of its own, so that locks (flock(2),
 * F_SETLK, leases) and watches (inotify(7)) in it meet nobody's outside. Of a directory it is an overlay, refused where
 * something is mounted below the source; of a file a copy, refused above this size. */
#define LAYERS_VIEW_FILE_MAX (1 << 20)
int layers_view(const struct plan_root *root, size_t i, const struct layers *layers, struct error *err);

/* The detached overlay for the root. With root overlay what lies below it is the mirror's "root", which `skeleton` (a
 * directory for mount points and links) is filled into first, by whoever knows the mount table. */
int layers_skeleton(const struct plan_root *root, const struct layers *layers, struct error *err);
int layers_root(const struct plan_root *root, const struct layers *layers, int skeleton, struct error *err);
