#include "sandbox/root/mount_api.h"

#include "common/cleanup.h"
#include "sandbox/files/leave.h"
#include "sandbox/files/lookup.h"
#include "sandbox/process/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What is copied has its attributes from the beginning, by open_tree_attr(2) of Linux 6.15. Where that fails, for
 * whatever reason, two calls do the same, and the second attempt says what is wrong. */
static int copy_tree(
	int dirfd, const char *at, unsigned how, struct mount_attr *attr, const char *path, struct error *err)
{
	static bool in_two;
	_cleanup_(close_fd) int fd = -1;

	if (!in_two) {
		fd = (int)syscall(SYS_open_tree_attr, dirfd, at, how, attr, sizeof *attr);
		if (fd >= 0)
			return take_fd(&fd);
		in_two = errno == ENOSYS || errno == EPERM; /* EPERM: a filter that does not know the call */
	}
	fd = (int)syscall(SYS_open_tree, dirfd, at, how);
	if (fd < 0)
		return error_set(err, errno, "mount: open_tree %s", path);
	if (syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | AT_RECURSIVE, attr, sizeof *attr) < 0)
		return error_set(err, errno, "mount: mount_setattr %s", path);
	return take_fd(&fd);
}

int mount_clone(int dirfd, const char *path, unsigned flags, struct error *err)
{
	_cleanup_(leave_fd) int source = -1;
	/* A copy of a shared mount would go on receiving what the host mounts below it later, without our flags. */
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_NOSUID, .propagation = MS_PRIVATE};
	unsigned how = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE;

	if (flags & MOUNT_NOFOLLOW) {
		source = lookup_open(dirfd, path, O_PATH, RESOLVE_NO_SYMLINKS);
		if (source < 0) {
			error_set(err, errno, "mount: %s", path);
			return err->errnum == ELOOP
				       ? error_hint(err, "a symbolic link where a job can write is not followed")
				       : -1;
		}
		dirfd = source;
	}
	if (path[0] == '\0' || source >= 0)
		how |= AT_EMPTY_PATH;
	if (flags & MOUNT_READONLY)
		attr.attr_set |= MOUNT_ATTR_RDONLY;
	if (flags & MOUNT_NODEV)
		attr.attr_set |= MOUNT_ATTR_NODEV;
	if (flags & MOUNT_NOEXEC)
		attr.attr_set |= MOUNT_ATTR_NOEXEC;
	return copy_tree(dirfd, source >= 0 ? "" : path, how, &attr, path, err);
}

int mount_fresh(const char *type, const char *const options[], bool noexec, struct error *err)
{
	_cleanup_(leave_fd) int fs = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
	/* The devices of a devpts are its own pseudo-terminals, and mknod(2) does not work there. */
	const unsigned nodev = strcmp(type, "devpts") == 0 ? 0 : MOUNT_ATTR_NODEV;
	unsigned attr = MOUNT_ATTR_NOSUID | nodev | (noexec ? MOUNT_ATTR_NOEXEC : 0);
	int fd;

	if (fs < 0)
		return error_set(err, errno, "mount: fsopen %s", type);
	for (; options[0] != NULL; options += 2)
		if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, options[0], options[1], 0) < 0)
			return error_set(err, errno, "mount: %s %s=%s", type, options[0], options[1]);
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return error_set(err, errno, "mount: create %s", type);
	fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attr);
	if (fd < 0)
		return error_set(err, errno, "mount: fsmount %s", type);
	return fd;
}

static int overlay_refused(int fs, const char *what, struct error *err)
{
	const int why = errno;
	char log[256];
	ssize_t n = read(fs, log, sizeof log - 1); /* what the kernel says, "e overlay: …" (fsopen(2)) */

	if (n < 0)
		n = 0;
	log[n] = '\0';
	log[strcspn(log, "\n")] = '\0';
	error_set(err, why, "layer over %s: %s%smount overlay", what, log, n > 0 ? ": " : "");
	if (why == EPERM || why == ENODEV)
		return error_hint(err, "a kernel of 5.11 or later with overlayfs");
	return why == EINVAL || why == ELOOP
		       ? error_hint(err,
				 "no other file system may be mounted below it, and it may not itself lie on two layers")
		       : -1;
}

int mount_overlay(const int lower[], size_t n, int upper, int work, bool unsynced, const char *what, struct error *err)
{
	_cleanup_(leave_fd) int fs = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);
	char lowers[MOUNT_LOWER_MAX * 32], uppers[32], works[32];
	/* xino: with layers of several file systems, a directory's entries have the inode numbers that stat(2) says. */
	const char *const options[][2] = {
		{"xino", "on"}, {"lowerdir", lowers}, {"upperdir", uppers}, {"workdir", works}};
	const size_t n_options = upper < 0 ? 2 : sizeof options / sizeof options[0];
	const unsigned attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (upper < 0 ? MOUNT_ATTR_RDONLY : 0u);
	size_t used = 0;
	int fd;

	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(
			lowers + used, sizeof lowers - used, "%s/proc/self/fd/%d", i > 0 ? ":" : "", lower[i]);
	snprintf(uppers, sizeof uppers, "/proc/self/fd/%d", upper);
	snprintf(works, sizeof works, "/proc/self/fd/%d", work);
	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, "userxattr", NULL, 0) < 0)
		return overlay_refused(fs, what, err);
	if (unsynced && syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, "volatile", NULL, 0) < 0)
		return overlay_refused(fs, what, err);
	for (size_t i = 0; i < n_options; i++)
		if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, options[i][0], options[i][1], 0) < 0)
			return overlay_refused(fs, what, err);
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return overlay_refused(fs, what, err);
	fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attr);
	return fd < 0 ? overlay_refused(fs, what, err) : fd;
}

/* move_mount(2) says EINVAL where one is a directory and the other is none. */
static int cannot_attach(int errnum, int mount, int dirfd, const char *name, const char *what, struct error *err)
{
	struct stat ours, there;

	if (errnum != EINVAL || fstat(mount, &ours) < 0 ||
		fstatat(dirfd, name, &there, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0 ||
		S_ISDIR(ours.st_mode) == S_ISDIR(there.st_mode))
		return error_set(err, errnum, "mount: attach %s", what);
	error_set(err, 0, "mount: attach %s: %s", what,
		S_ISDIR(ours.st_mode) ? "a directory cannot cover a file" : "a file cannot cover a directory");
	return error_hint(err, MOUNT_WRONG_KIND);
}

int mount_attach(int mount, int target, const char *what, struct error *err)
{
	if (syscall(SYS_move_mount, mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return cannot_attach(errno, mount, target, "", what, err);
	return 0;
}

int mount_attach_at(int mount, int dirfd, const char *name, const char *what, struct error *err)
{
	if (syscall(SYS_move_mount, mount, "", dirfd, name, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return cannot_attach(errno, mount, dirfd, name, what, err);
	return 0;
}

static int set(int fd, const struct mount_attr *attr, const char *what, struct error *err)
{
	if (syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, attr, sizeof *attr) < 0)
		return error_set(err, errno, "mount: make %s %s", what, attr->attr_set != 0 ? "read-only" : "writable");
	return 0;
}

int mount_set_readonly(int fd, const char *what, struct error *err)
{
	return set(fd, &(struct mount_attr){.attr_set = MOUNT_ATTR_RDONLY}, what, err);
}

int mount_set_writable(int fd, const char *what, struct error *err)
{
	return set(fd, &(struct mount_attr){.attr_clr = MOUNT_ATTR_RDONLY}, what, err);
}
