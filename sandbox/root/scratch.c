#include "sandbox/scratch.h"

#include "common/cleanup.h"
#include "sandbox/mount_api.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>

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

int scratch_create(const struct plan *plan, struct error *err)
{
	char bytes[32], files[32];
	const char *options[] = {"mode", "0755", "size", bytes, "nr_inodes", files, NULL};
	_cleanup_(close_fd) int fd = -1;

	snprintf(bytes, sizeof bytes, "%" PRIu64, plan->limits.disk);
	snprintf(files, sizeof files, "%" PRIu64, plan_scratch_inodes(plan->limits.disk));
	if (plan->limits.disk == 0)
		options[2] = NULL;
	fd = mount_fresh("tmpfs", options, false, err);
	if (fd < 0 || attach(fd, AT_SCRATCH, err) < 0)
		return -1;
	return take_fd(&fd);
}

void scratch_measure(int scratch, struct outcome *outcome)
{
	struct statfs fs;

	if (fstatfs(scratch, &fs) < 0)
		return;
	outcome->disk_used = (fs.f_blocks - fs.f_bfree) * (uint64_t)fs.f_bsize;
	outcome->disk_files = fs.f_files - fs.f_ffree;
	outcome->disk_full = fs.f_bfree == 0 || fs.f_ffree == 0;
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
	if (mkdirat(scratch, name, mode) < 0)
		return error_set(err, errno, "scratch: make %s", name);
	return mount_clone(scratch, name, MOUNT_NODEV | flags, err);
}
