#include "sandbox/root/scratch.h"

#include "common/cleanup.h"
#include "sandbox/root/mount_api.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Both are in every procfs (fs/proc/root.c), and nothing that we need is in them. */
#define AT_SCRATCH "/proc/driver"
#define AT_BESIDE "/proc/fs"

static int attach(int fd, const char *path, struct error *err)
{
	_cleanup_(close_fd) int at = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (at < 0)
		return error_set(err, errno, "scratch: open %s", path);
	return mount_attach(fd, at, "the scratch file system", err);
}

int scratch_create(uint64_t size, struct error *err)
{
	char sized[128] = "";
	int fd;

	if (size != 0)
		snprintf(sized, sizeof sized, "mode=0755,size=%" PRIu64 ",nr_inodes=%" PRIu64, size,
			plan_scratch_inodes(size));
	if (mount("tmpfs", AT_SCRATCH, "tmpfs", MS_NOSUID | MS_NODEV, size != 0 ? sized : "mode=0755") < 0)
		return error_set(err, errno, "scratch: mount tmpfs");
	fd = open(AT_SCRATCH, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? error_set(err, errno, "scratch: open") : fd;
}

void scratch_measure(int scratch, uint64_t ours, bool counted, struct outcome *outcome)
{
	struct statfs fs;
	uint64_t bytes, files;

	if (fstatfs(scratch, &fs) < 0)
		return;
	outcome->disk_full = fs.f_bfree == 0 || fs.f_ffree == 0;
	if (counted)
		return;
	bytes = (fs.f_blocks - fs.f_bfree) * (uint64_t)fs.f_bsize;
	bytes -= ours < bytes ? ours : bytes;
	files = fs.f_files - fs.f_ffree;
	if (bytes > outcome->disk_used)
		outcome->disk_used = bytes;
	if (files > outcome->disk_files)
		outcome->disk_files = files;
	outcome->disk_known = true;
}

int scratch_attach_beside(int fd, struct error *err)
{
	return attach(fd, AT_BESIDE, err);
}

int scratch_directory(int scratch, const char *name, mode_t mode, struct error *err)
{
	int fd;

	if (mkdirat(scratch, name, mode) < 0)
		return error_set(err, errno, "scratch: make %s", name);
	fd = openat(scratch, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? error_set(err, errno, "scratch: open %s", name) : fd;
}

int scratch_mount(int scratch, const char *name, mode_t mode, unsigned flags, struct error *err)
{
	int fd;

	if (mkdirat(scratch, name, mode) < 0)
		return error_set(err, errno, "scratch: make %s", name);
	if (flags != 0)
		return mount_clone(scratch, name, MOUNT_NODEV | flags, err);
	/* A copy has what the mount has: nosuid, nodev, and private as the namespace. */
	fd = (int)syscall(SYS_open_tree, scratch, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	return fd < 0 ? error_set(err, errno, "scratch: open_tree %s", name) : fd;
}
