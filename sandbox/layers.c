#include "sandbox/layers.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "sandbox/lookup.h"
#include "sandbox/mirror.h"
#include "sandbox/mount_api.h"
#include "sandbox/scratch.h"
#include "sandbox/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE_MASK 01777

/* Directories that a system has besides the mount table's, empty: packages put files into them. */
static const char *const skeleton_directories[] = {
	"/home",
	"/media",
	"/mnt",
	"/root",
	"/srv",
	"/var/cache/apt/archives",
	"/var/lib/apt/lists",
	"/var/lib/misc",
	"/var/log/apt",
	"/var/spool",
};

int layers_begin(const struct plan *plan, struct layers *layers, struct error *err)
{
	*layers = LAYERS_NONE;
	layers->scratch = scratch_create(plan, err);
	if (layers->scratch < 0)
		return -1;
	if (plan->root != PLAN_ROOT_OVERLAY)
		return 0;
	layers->mirror = mirror_create(err);
	return layers->mirror < 0 ? -1 : scratch_attach_beside(layers->mirror, err);
}

void layers_end(struct layers *layers)
{
	close_fd(&layers->scratch);
	close_fd(&layers->mirror);
}

/* The overlay's root shows owner and mode of `upper`: the mode is to be that of what lies below. */
static int stack(
	const struct layers *layers, const char *name, const int lower[], size_t n, const char *what, struct error *err)
{
	_cleanup_(close_fd) int upper = -1, work = -1;
	char upper_name[32], work_name[32];
	struct stat st;

	snprintf(upper_name, sizeof upper_name, "upper-%s", name);
	snprintf(work_name, sizeof work_name, "work-%s", name);
	if (fstat(lower[0], &st) < 0)
		return error_set(err, errno, "layer over %s", what);
	upper = scratch_directory(layers->scratch, upper_name, (st.st_mode & MODE_MASK) | 0700, err);
	work = upper < 0 ? -1 : scratch_directory(layers->scratch, work_name, 0700, err);
	return work < 0 ? -1 : mount_overlay(lower, n, upper, work, what, err);
}

static int open_source(const char *path, bool nofollow, struct error *err)
{
	int fd = lookup_open(AT_FDCWD, path, O_PATH | O_DIRECTORY, nofollow ? RESOLVE_NO_SYMLINKS : 0);

	if (fd >= 0)
		return fd;
	error_set(err, errno, "layer over %s", path);
	return nofollow && err->errnum == ELOOP ? -1 : lookup_hint(err);
}

static void hide_in_mirror(const struct plan *plan, const struct plan_mount *layer, int mirror)
{
	const size_t len = strlen(layer->target);

	for (size_t i = 0; i < plan->n_mounts; i++) {
		const struct plan_mount *mount = &plan->mounts[i];

		/* Where it does not work, mounts_attach() covers the path, as in any root. */
		if (mount->kind == PLAN_MOUNT_HIDE && strncmp(mount->target, layer->target, len) == 0 &&
			mount->target[len] == '/')
			(void)mirror_hide(mirror, mount->target + len, layer->copy != PLAN_COPY_ALL);
	}
}

int layers_open(const struct plan *plan, size_t i, const struct layers *layers, struct error *err)
{
	const struct plan_mount *mount = &plan->mounts[i];
	_cleanup_(close_fd) int source = open_source(mount->source, mount->nofollow, err);
	_cleanup_(close_fd) int mirror = -1;
	char name[16];
	struct stat st;

	if (source < 0)
		return -1;
	if (fstat(source, &st) < 0)
		return error_set(err, errno, "layer over %s", mount->source);
	snprintf(name, sizeof name, "%zu", i);
	mirror = scratch_directory(layers->mirror, name, (st.st_mode & MODE_MASK) | 0700, err);
	if (mirror < 0 || mirror_tree(source, mirror, mount->source, mount->copy, err) < 0)
		return -1;
	hide_in_mirror(plan, mount, mirror);
	return stack(layers, name, (int[]){mirror, source}, mount->copy == PLAN_COPY_ALL ? 1 : 2, mount->source, err);
}

/* overlayfs has directories only. */
static int view_of_file(const struct layers *layers, const char *name, int path_fd, const struct stat *st,
	const char *what, struct error *err)
{
	_cleanup_(close_fd) int from = -1, to = -1;
	_cleanup_(freep) char *text = NULL;
	char path[32];
	size_t len;

	if (!S_ISREG(st->st_mode) || st->st_size > LAYERS_VIEW_FILE_MAX) {
		error_set(err, 0, "view of %s: %s", what,
			S_ISREG(st->st_mode) ? "a file of more than 1 MiB" : "neither a directory nor a regular file");
		return error_hint(err, "a view of a file is a copy: view its directory, or show it with ro");
	}
	snprintf(path, sizeof path, "/proc/self/fd/%d", path_fd);
	from = open(path, O_RDONLY | O_CLOEXEC);
	if (from < 0 || read_all(from, LAYERS_VIEW_FILE_MAX, &text, &len) < 0)
		return error_set(err, errno, "view of %s", what);
	to = openat(layers->scratch, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0 || write_all(to, text, len) < 0 || fchmod(to, st->st_mode & MODE_MASK) < 0 ||
		futimens(to, (const struct timespec[]){st->st_atim, st->st_mtim}) < 0)
		return error_set(err, errno, "view of %s: copy", what);
	return mount_clone(layers->scratch, name, MOUNT_NODEV | MOUNT_READONLY, err);
}

/* No upper layer: nothing can be written, and no inode of it is another mount's. */
static int view_of_directory(
	const struct layers *layers, const char *name, int source, const char *what, struct error *err)
{
	_cleanup_(close_fd) int empty = scratch_directory(layers->scratch, name, 0555, err);
	int fd;

	if (empty < 0)
		return -1;
	fd = mount_overlay((int[]){source, empty}, 2, -1, -1, what, err);
	if (fd < 0 && (err->errnum == EINVAL || err->errnum == ELOOP))
		error_hint(err, "a view cannot show what is mounted below a directory, and lies on at most one layer: "
				"show it with ro");
	return fd;
}

int layers_view(const struct plan *plan, size_t i, const struct layers *layers, struct error *err)
{
	const struct plan_mount *mount = &plan->mounts[i];
	_cleanup_(close_fd) int source = -1;
	struct stat st;
	char name[32];

	source = lookup_open(AT_FDCWD, mount->source, O_PATH, mount->nofollow ? RESOLVE_NO_SYMLINKS : 0);
	if (source < 0 || fstat(source, &st) < 0) {
		error_set(err, errno, "view of %s", mount->source);
		return lookup_hint(err);
	}
	snprintf(name, sizeof name, "view-%zu", i);
	return S_ISDIR(st.st_mode) ? view_of_directory(layers, name, source, mount->source, err)
				   : view_of_file(layers, name, source, &st, mount->source, err);
}

int layers_skeleton(const struct layers *layers, struct error *err)
{
	_cleanup_(close_fd) int skeleton = scratch_directory(layers->mirror, "root", 0755, err);

	for (size_t i = 0; skeleton >= 0 && i < sizeof skeleton_directories / sizeof skeleton_directories[0]; i++) {
		_cleanup_(close_fd) int made = target_make(skeleton, skeleton_directories[i], true, err);

		if (made < 0)
			return -1;
	}
	return take_fd(&skeleton);
}

/* Whatever the path leads to, it is not to be the host's own root. */
static int open_image(const struct plan *plan, struct error *err)
{
	_cleanup_(close_fd) int image = open_source(plan->root_dir, plan->root_nofollow, err);
	struct stat st, host;

	if (image < 0)
		return err->errnum == ENOENT || err->errnum == ENOTDIR
			       ? error_hint(err, "--root takes host, overlay, or the directory of an unpacked image")
			       : -1;
	if (fstat(image, &st) < 0 || stat("/", &host) < 0)
		return error_set(err, errno, "root: %s", plan->root_dir);
	if (st.st_dev == host.st_dev && st.st_ino == host.st_ino) {
		error_set(err, 0, "root: %s: the root of the host", plan->root_dir);
		return error_hint(err, "--root overlay shows the host's system with a throw-away layer");
	}
	return take_fd(&image);
}

int layers_root(const struct plan *plan, const struct layers *layers, int skeleton, struct error *err)
{
	_cleanup_(close_fd) int image = -1;

	if (plan->root == PLAN_ROOT_OVERLAY)
		return stack(layers, "root", &skeleton, 1, "/", err);
	image = open_image(plan, err);
	return image < 0 ? -1 : stack(layers, "root", &image, 1, plan->root_dir, err);
}
