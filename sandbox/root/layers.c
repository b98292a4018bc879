#include "sandbox/root/layers.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "sandbox/files/leave.h"
#include "sandbox/files/lookup.h"
#include "sandbox/root/etc.h"
#include "sandbox/root/mirror.h"
#include "sandbox/root/mirror_store.h"
#include "sandbox/root/mount_api.h"
#include "sandbox/root/scratch.h"
#include "sandbox/root/target.h"

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

int layers_begin(const struct plan_root *root, uint64_t size, const struct layers_given *given, const struct etc *etc,
	struct layers *layers, struct error *err)
{
	*layers = LAYERS_NONE;
	layers->shared = given->mirrors;
	layers->etc = etc->place == ETC_BELOW && !etc_is_empty(etc) ? etc : NULL;
	layers->scratch = scratch_create(size, err);
	if (layers->scratch < 0)
		return -1;
	if (root->layer == PLAN_LAYER_DISK && (layers->disk = layer_dir_open(given->disk, err)) < 0)
		return -1;
	if (root->kind != PLAN_ROOT_OVERLAY)
		return 0;
	layers->mirror = mirror_create(err);
	return layers->mirror < 0 ? -1 : scratch_attach_beside(layers->mirror, err);
}

void layers_end(struct layers *layers)
{
	leave_fd(&layers->scratch);
	leave_fd(&layers->disk);
	leave_fd(&layers->mirror);
}

/* The overlay's root shows owner and mode of `upper`: the mode is to be that of what lies lowest. What is written to
 * disk need not be there after a power cut: nobody waits for it, nor when the layer is unmounted. */
static int stack(
	const struct layers *layers, const char *name, const int lower[], size_t n, const char *what, struct error *err)
{
	const int place = layers->disk >= 0 ? layers->disk : layers->scratch;
	_cleanup_(close_fd) int upper = -1, work = -1;
	char upper_name[32], work_name[32];
	struct stat st;

	snprintf(upper_name, sizeof upper_name, "upper-%s", name);
	snprintf(work_name, sizeof work_name, "work-%s", name);
	if (fstat(lower[n - 1], &st) < 0)
		return error_set(err, errno, "layer over %s", what);
	upper = scratch_directory(place, upper_name, MIRROR_MODE(st.st_mode), err);
	work = upper < 0 ? -1 : scratch_directory(place, work_name, 0700, err);
	return work < 0 ? -1 : mount_overlay(lower, n, upper, work, layers->disk >= 0, what, err);
}

static int open_source(const char *path, bool nofollow, struct error *err)
{
	int fd = lookup_open(AT_FDCWD, path, O_PATH | O_DIRECTORY, nofollow ? RESOLVE_NO_SYMLINKS : 0);

	if (fd >= 0)
		return fd;
	error_set(err, errno, "layer over %s", path);
	return nofollow && err->errnum == ELOOP ? -1 : lookup_hint(err);
}

/* The part below the layer, where the mount hides a path in it; else NULL. */
static const char *hidden_in(const struct plan_mount *layer, const struct plan_mount *mount)
{
	const size_t len = strlen(layer->target);

	return mount->kind == PLAN_MOUNT_HIDE && strncmp(mount->target, layer->target, len) == 0 &&
			       mount->target[len] == '/'
		       ? mount->target + len
		       : NULL;
}

/* Where it does not work, here and below, mounts_attach() covers the path, as in any root. */
static void hide_in_mirror(const struct plan_root *root, const struct plan_mount *layer, int mirror)
{
	for (size_t i = 0; i < root->n_mounts; i++) {
		const char *hidden = hidden_in(layer, &root->mounts[i]);

		if (hidden != NULL)
			mirror_hide(mirror, hidden, layer->copy != PLAN_COPY_ALL);
	}
}

static void hide_over(const struct plan_root *root, const struct plan_mount *layer, int over, int mirror)
{
	for (size_t i = 0; i < root->n_mounts; i++) {
		const char *hidden = hidden_in(layer, &root->mounts[i]);

		if (hidden != NULL)
			mirror_hide_over(over, mirror, hidden);
	}
}

static mode_t mode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? MIRROR_MODE(st.st_mode) : 0700;
}

/* In the lowest directory of the layer that is this sandbox's own. */
static int write_etc(const struct layers *layers, const struct plan_mount *mount, int dirfd, struct error *err)
{
	return layers->etc != NULL && strcmp(mount->target, "/etc") == 0 ? etc_write(dirfd, layers->etc, err) : 0;
}

/* Over a mirror that is not ours to change: what is hidden is so in a directory between. */
static int stack_over_shared(const struct plan_root *root, const struct plan_mount *mount, const char *name,
	const struct layers *layers, int shared, int source, struct error *err)
{
	_cleanup_(close_fd) int over = scratch_directory(layers->mirror, name, mode_of(shared), err);

	if (over < 0)
		return -1;
	hide_over(root, mount, over, shared);
	if (write_etc(layers, mount, over, err) < 0)
		return -1;
	return stack(
		layers, name, (int[]){over, shared, source}, mount->copy == PLAN_COPY_ALL ? 2 : 3, mount->source, err);
}

int layers_open(const struct plan_root *root, size_t i, const struct layers *layers, struct error *err)
{
	const struct plan_mount *mount = &root->mounts[i];
	_cleanup_(close_fd) int source = open_source(mount->source, mount->nofollow, err);
	_cleanup_(close_fd) int shared = -1, mirror = -1;
	char name[16];

	if (source < 0)
		return -1;
	snprintf(name, sizeof name, "%zu", i);
	shared = mirror_store_open_row(layers->shared->path, mount);
	if (shared >= 0)
		return stack_over_shared(root, mount, name, layers, shared, source, err);
	/* The launcher may be waiting, and have no stack for it: sandbox/shared.h. */
	if (layers->shared->complete)
		return error_set(err, ENOENT, "layer over %s: it was not there when the launch began", mount->source);
	mirror = scratch_directory(layers->mirror, name, mode_of(source), err);
	if (mirror < 0 || mirror_tree(source, mirror, mount->source, mount->copy, NULL, err) < 0)
		return -1;
	hide_in_mirror(root, mount, mirror);
	if (write_etc(layers, mount, mirror, err) < 0)
		return -1;
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
	fd = mount_overlay((int[]){source, empty}, 2, -1, -1, false, what, err);
	if (fd < 0 && (err->errnum == EINVAL || err->errnum == ELOOP))
		error_hint(err,
			"a view cannot show what is mounted below a directory, and lies on at most one layer: show it with ro");
	return fd;
}

int layers_view(const struct plan_root *root, size_t i, const struct layers *layers, struct error *err)
{
	const struct plan_mount *mount = &root->mounts[i];
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

/* Of a root in which no layer has them. */
static int put_etc(int rootfd, const struct etc *etc, struct error *err)
{
	_cleanup_(close_fd) int made = target_make(rootfd, "/etc", true, err);

	return made < 0 ? -1 : etc_write(made, etc, err);
}

static bool has_etc(const struct plan_root *root)
{
	for (size_t i = 0; i < root->n_mounts; i++)
		if (strcmp(root->mounts[i].target, "/etc") == 0)
			return true;
	return false;
}

int layers_skeleton(const struct plan_root *root, const struct layers *layers, struct error *err)
{
	_cleanup_(close_fd) int skeleton = scratch_directory(layers->mirror, "root", 0755, err);

	if (skeleton >= 0 && layers->etc != NULL && !has_etc(root) && put_etc(skeleton, layers->etc, err) < 0)
		return -1;
	for (size_t i = 0; skeleton >= 0 && i < sizeof skeleton_directories / sizeof skeleton_directories[0]; i++) {
		_cleanup_(close_fd) int made = target_make(skeleton, skeleton_directories[i], true, err);

		if (made < 0)
			return -1;
	}
	return take_fd(&skeleton);
}

/* Whatever the path leads to, it is not to be the host's own root. */
static int open_image(const struct plan_root *root, struct error *err)
{
	_cleanup_(close_fd) int image = open_source(root->dir, root->nofollow, err);
	struct stat st, host;

	if (image < 0)
		return err->errnum == ENOENT || err->errnum == ENOTDIR
			       ? error_hint(err, "--root takes host, overlay, or the directory of an unpacked image")
			       : -1;
	if (fstat(image, &st) < 0 || stat("/", &host) < 0)
		return error_set(err, errno, "root: %s", root->dir);
	if (st.st_dev == host.st_dev && st.st_ino == host.st_ino) {
		error_set(err, 0, "root: %s: the root of the host", root->dir);
		return error_hint(err, "--root overlay shows the host's system with a throw-away layer");
	}
	return take_fd(&image);
}

/* The image with the files of /etc over it: a directory that has nothing else. Its /etc has the mode of the image's. */
static int stack_image(const struct plan_root *root, const struct layers *layers, int image, struct error *err)
{
	_cleanup_(close_fd) int below = -1, etc = -1;
	struct stat st;

	if (layers->etc == NULL)
		return stack(layers, "root", &image, 1, root->dir, err);
	if (fstatat(image, "etc", &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
		st.st_mode = 0755;
	below = scratch_directory(layers->scratch, LAYERS_BELOW, 0755, err);
	etc = below < 0 ? -1 : scratch_directory(below, "etc", (st.st_mode & MODE_MASK) | 0700, err);
	if (etc < 0 || etc_write(etc, layers->etc, err) < 0)
		return -1;
	return stack(layers, "root", (int[]){below, image}, 2, root->dir, err);
}

int layers_root(const struct plan_root *root, const struct layers *layers, int skeleton, struct error *err)
{
	_cleanup_(close_fd) int image = -1;

	if (root->kind == PLAN_ROOT_OVERLAY)
		return stack(layers, "root", &skeleton, 1, "/", err);
	image = open_image(root, err);
	return image < 0 ? -1 : stack_image(root, layers, image, err);
}
