#include "sandbox/root/mounts.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "sandbox/files/leave.h"
#include "sandbox/root/mount_api.h"
#include "sandbox/root/root.h"
#include "sandbox/root/scratch.h"
#include "sandbox/root/store_cover.h"
#include "sandbox/root/sysfs.h"
#include "sandbox/root/target.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether the host has a symbolic link directly below / at `path`, as merged-/usr systems have for /bin and /lib:
 * it is shown as the link that it is. */
static char *toplevel_link(const struct plan_mount *mount)
{
	_cleanup_(freep) char *text = NULL; /* the stack is small, and a page more of it a page touched */
	ssize_t n;

	if (strcmp(mount->source, mount->target) != 0 || strchr(mount->target + 1, '/') != NULL)
		return NULL;
	text = malloc(PATH_MAX);
	n = text == NULL ? -1 : readlink(mount->source, text, PATH_MAX - 1);
	return n > 0 ? strndup(text, (size_t)n) : NULL;
}

/* These are everybody's, as anywhere; other fresh directories are the job's own. */
static mode_t mode_of(const struct plan_mount *mount)
{
	return strcmp(mount->target, "/tmp") == 0 || strcmp(mount->target, "/var/tmp") == 0 ? 01777 : 0755;
}

/* Whether a fresh directory is to belong to the user that the command becomes. What everybody may write to, and /run,
 * are root's on any system. */
static bool is_users(const struct plan_root *root, const struct plan_mount *mount)
{
	return root->owner != 0 && mode_of(mount) == 0755 && strcmp(mount->target, "/run") != 0;
}

/* A file system of its own with a size of its own. */
static int open_sized(const struct plan_root *root, const struct plan_mount *mount, struct error *err)
{
	const bool users = is_users(root, mount);
	char mode[8], bytes[32], files[32], uid[16], gid[16];
	const char *options[] = {"mode", mode, "size", bytes, "nr_inodes", files, "uid", uid, "gid", gid, NULL};

	snprintf(uid, sizeof uid, "%u", users ? root->owner : 0);
	snprintf(gid, sizeof gid, "%u", users ? root->group : 0);
	if (!users)
		options[6] = NULL;

	snprintf(mode, sizeof mode, "%04o", mode_of(mount));
	snprintf(bytes, sizeof bytes, "%" PRIu64, mount->size);
	snprintf(files, sizeof files, "%" PRIu64, plan_scratch_inodes(mount->size));
	return mount_fresh("tmpfs", options, false, err);
}

/* The same in one call, where a directory for it can be made in the new root. */
static bool mount_sized(const struct plan_root *root, const struct plan_mount *row, int rootfd)
{
	_cleanup_(freep) char *path = format(ROOT_AT "%s", row->target);
	/* On the heap: the kernel reads a page from where they begin, and above the stack is one that nobody uses. */
	_cleanup_(freep) char *options = format("mode=%04o,size=%" PRIu64 ",nr_inodes=%" PRIu64, mode_of(row),
		row->size, plan_scratch_inodes(row->size));

	if (options != NULL && is_users(root, row)) {
		_cleanup_(freep) char *more = options;

		options = format("%s,uid=%u,gid=%u", more, root->owner, root->group);
	}
	if (path == NULL || options == NULL || !target_make_new(rootfd, row->target))
		return false;
	return mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, options) == 0;
}

static bool is_sized(const struct plan_mount *mount)
{
	return mount->kind == PLAN_MOUNT_TMPFS && mount->size != 0;
}

/* A directory of the scratch file system. */
static int open_tmpfs(const struct plan_root *root, size_t i, const struct layers *layers, struct error *err)
{
	const struct plan_mount *mount = &root->mounts[i];
	char name[32];
	int fd;

	snprintf(name, sizeof name, "%zu", i);
	fd = scratch_mount(layers->scratch, name, mode_of(mount), 0, err);
	if (fd >= 0 && is_users(root, mount) &&
		fchownat(layers->scratch, name, root->owner, root->group, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set(err, errno, "%s: give it to uid %u", mount->target, root->owner);
	return fd;
}

static int open_bind(const struct plan_mount *mount, struct error *err)
{
	return mount_clone(AT_FDCWD, mount->source,
		MOUNT_NODEV | (mount->writable ? 0 : MOUNT_READONLY) | (mount->nofollow ? MOUNT_NOFOLLOW : 0), err);
}

static const char *asked_by(const struct plan_mount *mount)
{
	return mount->origin.text != NULL ? mount->origin.text : "default";
}

static int open_shown(const struct plan_root *root, size_t i, const struct layers *layers, struct error *err)
{
	const struct plan_mount *mount = &root->mounts[i];

	if (mount->kind == PLAN_MOUNT_LAYER)
		return layers_open(root, i, layers, err);
	return mount->view ? layers_view(root, i, layers, err) : open_bind(mount, err);
}

static int open_one(const struct plan_root *root, size_t i, const struct layers *layers, struct mount_source *source,
	struct error *err)
{
	const struct plan_mount *mount = &root->mounts[i];

	switch (mount->kind) {
	case PLAN_MOUNT_BIND:
	case PLAN_MOUNT_LAYER:
		errno = 0;
		source->symlink = toplevel_link(mount);
		if (source->symlink != NULL)
			return 0;
		if (errno == ENOENT && mount->optional)
			return 0;
		if (errno != 0 && errno != EINVAL && errno != ENOENT) /* EINVAL: no link */
			return error_set(err, errno, "mount %s", mount->source);
		source->fd = open_shown(root, i, layers, err);
		if (source->fd < 0 && mount->optional && (err->errnum == ENOENT || err->errnum == ENOTDIR))
			return 0;
		if (source->fd < 0 && err->errnum == ENOENT)
			error_hint(err, "requested by %s", asked_by(mount));
		return source->fd < 0 ? -1 : 0;
	case PLAN_MOUNT_TMPFS:
		if (is_sized(mount))
			return 0; /* made where it is attached */
		source->fd = open_tmpfs(root, i, layers, err);
		return source->fd < 0 ? -1 : 0;
	case PLAN_MOUNT_HIDE:
		return 0;
	}
	return error_set(err, EINVAL, "mount table: kind %d", mount->kind);
}

int mounts_open(
	const struct plan_root *root, const struct layers *layers, struct mount_source *sources, struct error *err)
{
	for (size_t i = 0; i < root->n_mounts; i++) {
		sources[i] = (struct mount_source){.fd = -1};
		if (open_one(root, i, layers, &sources[i], err) < 0)
			return -1;
	}
	return 0;
}

/* Only what is shown of the host can be a file. -1 with err. */
static int is_directory(const struct plan_mount *mount, int fd, struct error *err)
{
	struct stat st;

	if (mount->kind != PLAN_MOUNT_BIND)
		return 1;
	if (fstat(fd, &st) < 0)
		return error_set(err, errno, "mount %s", mount->target);
	/* connect(2) asks for the permission to write, but not for a mount that may be written (unix(7)). */
	if (S_ISSOCK(st.st_mode) && !mount->writable) {
		error_set(err, 0, "mount %s: a socket: a job can connect to a read-only one", mount->source);
		return error_hint(err, "requested by %s; name it with --rw if it may", asked_by(mount));
	}
	return S_ISDIR(st.st_mode);
}

static int mount_point(const struct plan_mount *mount, int fd, int rootfd, struct error *err)
{
	const int directory = is_directory(mount, fd, err);

	return directory < 0 ? -1 : target_make(rootfd, mount->target, directory == 1, err);
}

/* Most are of directories, in a place where nothing is; where mount points were made before, there they are. */
static int attach(const struct plan_mount *mount, int fd, bool prepared, int rootfd, struct error *err)
{
	_cleanup_(leave_fd) int at = prepared ? target_open(rootfd, mount->target, err) : -1;

	if (!prepared && target_attach_new(rootfd, mount->target, fd))
		return 0;
	if (at < 0)
		at = mount_point(mount, fd, rootfd, err);
	return at < 0 ? -1 : mount_attach(fd, at, mount->target, err);
}

static int attach_sized(
	const struct plan_root *root, const struct plan_mount *mount, bool prepared, int rootfd, struct error *err)
{
	_cleanup_(leave_fd) int fd = -1;

	if (!prepared && mount_sized(root, mount, rootfd))
		return 0;
	fd = open_sized(root, mount, err);
	return fd < 0 ? -1 : attach(mount, fd, prepared, rootfd, err);
}

int mounts_prepare(const struct plan_root *root, const struct mount_source *sources, int rootfd, struct error *err)
{
	static const char *const own[] = {"/proc", "/dev"};

	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
		_cleanup_(close_fd) int at = target_make(rootfd, own[i], true, err);

		if (at < 0)
			return -1;
	}
	for (size_t i = 0; i < root->n_mounts; i++) {
		const char *target = root->mounts[i].target;
		_cleanup_(close_fd) int made = -1;

		if (sources[i].symlink != NULL) {
			if (target_symlink(rootfd, target, sources[i].symlink, err) < 0)
				return -1;
			continue;
		}
		if (sources[i].fd < 0 && !is_sized(&root->mounts[i]))
			continue;
		made = mount_point(&root->mounts[i], sources[i].fd, rootfd, err);
		if (made < 0)
			return -1;
	}
	return 0;
}

int mounts_attach(
	const struct plan_root *root, struct mount_source *sources, struct mask *mask, int rootfd, struct error *err)
{
	const bool prepared = root->kind == PLAN_ROOT_OVERLAY;

	for (size_t i = 0; i < root->n_mounts; i++) {
		const char *target = root->mounts[i].target;

		if (root->mounts[i].kind == PLAN_MOUNT_HIDE) {
			if (mask_path(mask, rootfd, target, root->mounts[i].optional, err) < 0)
				return error_context(err, "%s", asked_by(&root->mounts[i]));
		} else if (sources[i].symlink != NULL) {
			if (target_symlink(rootfd, target, sources[i].symlink, err) < 0)
				return -1;
		} else if (is_sized(&root->mounts[i])) {
			if (attach_sized(root, &root->mounts[i], prepared, rootfd, err) < 0)
				return -1;
		} else if (sources[i].fd >= 0) {
			if (attach(&root->mounts[i], sources[i].fd, prepared, rootfd, err) < 0 ||
				sysfs_mask(&root->mounts[i], mask, rootfd, err) < 0)
				return -1;
			leave_fd(&sources[i].fd);
		}
	}
	return store_cover(root, mask, rootfd, err);
}
