#include "sandbox/root/mask.h"

#include "common/cleanup.h"
#include "sandbox/files/leave.h"
#include "sandbox/root/mount_api.h"
#include "sandbox/root/scratch.h"
#include "sandbox/root/target.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The host's /dev/null, and really that: a mask made of something else would show it (CVE-2025-31133). */
static int clone_null(struct error *err)
{
	_cleanup_(close_fd) int fd = mount_clone(AT_FDCWD, "/dev/null", MOUNT_READONLY, err);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return error_set(err, errno, "mask: /dev/null");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return error_set(err, 0, "mask: /dev/null: not the null device");
	return take_fd(&fd);
}

static int make(const struct mask *mask, enum mask_kind kind, struct error *err)
{
	return kind == MASK_DIRECTORY
		       ? scratch_mount(mask->scratch, "mask", 0555, MOUNT_READONLY | MOUNT_NODEV | MOUNT_NOEXEC, err)
		       : clone_null(err);
}

/* Attaches a cover. `name` is looked up in `dirfd`; "": dirfd itself is covered. */
static int attach(struct mask_cover *cover, int dirfd, const char *name)
{
	const unsigned how = MOVE_MOUNT_F_EMPTY_PATH | (name[0] == '\0' ? MOVE_MOUNT_T_EMPTY_PATH : 0);
	_cleanup_(leave_fd) int copy = -1;

	if (cover->attached) {
		copy = (int)syscall(SYS_open_tree, cover->fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
		if (copy < 0)
			return -1;
	}
	if (syscall(SYS_move_mount, copy >= 0 ? copy : cover->fd, "", dirfd, name, how) < 0)
		return -1;
	cover->attached = true;
	return 0;
}

static struct mask_cover *get(struct mask *mask, enum mask_kind kind, struct error *err)
{
	struct mask_cover *cover = &mask->covers[kind];

	if (cover->fd < 0)
		cover->fd = make(mask, kind, err);
	return cover->fd < 0 ? NULL : cover;
}

/* The directory that holds a path, or would hold the first of its components that does not exist. */
static int open_holder(int rootfd, const char *path, struct error *err)
{
	_cleanup_(freep) char *holder = strdup(path);
	char *slash;

	if (holder == NULL)
		return error_set(err, ENOMEM, "mask %s", path);
	while ((slash = strrchr(holder, '/')) != NULL) {
		int fd;

		*slash = '\0';
		fd = target_open(rootfd, holder, err);
		if (fd >= 0 || err->errnum != ENOENT)
			return fd;
	}
	return error_set(err, ENOENT, "mask %s", path);
}

static int leave_uncovered(int rootfd, const char *path, struct error *err)
{
	_cleanup_(close_fd) int holder = open_holder(rootfd, path, err);
	struct statvfs fs;

	if (holder < 0)
		return -1;
	if (fstatvfs(holder, &fs) < 0)
		return error_set(err, errno, "mask %s", path);
	if ((fs.f_flag & ST_RDONLY) != 0)
		return 0;
	error_set(err, ENOENT, "hide %s", path);
	return error_hint(err,
		"the path lies in a directory that the job may write, and could be created there later: create it first, or do not hide it");
}

int mask_path(struct mask *mask, int rootfd, const char *path, bool optional, struct error *err)
{
	_cleanup_(leave_fd) int at = target_find(rootfd, path, err);
	struct mask_cover *cover;
	struct stat st;

	if (at == TARGET_MISSING)
		return optional ? 0 : leave_uncovered(rootfd, path, err);
	if (at < 0)
		return -1;
	if (fstat(at, &st) < 0)
		return error_set(err, errno, "mask %s", path);
	cover = get(mask, S_ISDIR(st.st_mode) ? MASK_DIRECTORY : MASK_FILE, err);
	if (cover == NULL)
		return -1;
	return attach(cover, at, "") < 0 ? error_set(err, errno, "mask %s", path) : 0;
}

static int cover_here(struct mask_cover *cover, const char *name)
{
	if (cover->here != NULL)
		return mount(cover->here, name, NULL, MS_BIND, NULL);
	if (attach(cover, AT_FDCWD, name) < 0)
		return -1;
	cover->here = name;
	return 0;
}

int mask_here(struct mask *mask, const char *name, enum mask_kind kind, struct error *err)
{
	const enum mask_kind other = kind == MASK_FILE ? MASK_DIRECTORY : MASK_FILE;
	struct mask_cover *cover = get(mask, kind, err);

	if (cover == NULL)
		return -1;
	if (cover_here(cover, name) == 0 || errno == ENOENT)
		return 0;
	/* Not the kind that it was taken for: ENOTDIR is mount(2)'s word for it, EINVAL move_mount(2)'s. That is dear:
	 * mount(2) makes a mount first, and waits for all processors when it takes it back. */
	if (errno == ENOTDIR || errno == EINVAL) {
		cover = get(mask, other, err);
		if (cover == NULL)
			return -1;
		if (cover_here(cover, name) == 0)
			return 0;
	}
	return error_set(err, errno, "mask %s", name);
}

void mask_end(struct mask *mask)
{
	for (unsigned kind = 0; kind < MASK_KINDS; kind++)
		leave_fd(&mask->covers[kind].fd);
}
