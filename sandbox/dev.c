#include "sandbox/dev.h"

#include "common/cleanup.h"
#include "sandbox/mount_api.h"
#include "sandbox/scratch.h"
#include "sandbox/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Device numbers are those of Documentation/admin-guide/devices.txt; a host node that is another device is refused. */
static const struct {
	const char *path;
	unsigned major, minor;
} devices[] = {
	{"/dev/null", 1, 3},
	{"/dev/zero", 1, 5},
	{"/dev/full", 1, 7},
	{"/dev/random", 1, 8},
	{"/dev/urandom", 1, 9},
	{"/dev/tty", 5, 0},
};

static const struct {
	const char *path, *text;
} links[] = {
	{"/dev/fd", "/proc/self/fd"},
	{"/dev/stdin", "/proc/self/fd/0"},
	{"/dev/stdout", "/proc/self/fd/1"},
	{"/dev/stderr", "/proc/self/fd/2"},
	{"/dev/ptmx", "pts/ptmx"},
};

static const struct {
	const char *path, *type;
	const char *const options[7];
} filesystems[] = {
	{"/dev/pts", "devpts", {"mode", "0620", "ptmxmode", "0666", "max", "256", NULL}},
	{"/dev/mqueue", "mqueue", {NULL}},
};

static int bind_device(int rootfd, const char *path, unsigned major, unsigned minor, struct error *err)
{
	_cleanup_(close_fd) int device = mount_clone(AT_FDCWD, path, 0, err);
	_cleanup_(close_fd) int at = -1;
	struct stat st;

	if (device < 0)
		return -1;
	if (fstat(device, &st) < 0)
		return error_set(err, errno, "%s", path);
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(major, minor))
		return error_set(err, 0, "%s: not the character device %u:%u", path, major, minor);
	at = target_make(rootfd, path, false, err);
	if (at < 0)
		return -1;
	return mount_attach(device, at, path, err);
}

static int mount_at(int rootfd, const char *path, const char *type, const char *const options[], struct error *err)
{
	_cleanup_(close_fd) int at = target_make(rootfd, path, true, err);
	_cleanup_(close_fd) int fs = -1;

	if (at < 0)
		return -1;
	fs = mount_fresh(type, options, true, err);
	if (fs < 0)
		return -1;
	return mount_attach(fs, at, path, err);
}

/* Shared memory: a file system of its own, or a directory of the scratch file system. */
static int mount_shm(int rootfd, const struct layers *layers, struct error *err)
{
	static const char *const options[] = {"mode", "1777", NULL};
	_cleanup_(close_fd) int at = -1, shm = -1;

	if (layers->scratch < 0)
		return mount_at(rootfd, "/dev/shm", "tmpfs", options, err);
	at = target_make(rootfd, "/dev/shm", true, err);
	shm = at < 0 ? -1 : scratch_mount(layers->scratch, "shm", 01777, true, err);
	return shm < 0 ? -1 : mount_attach(shm, at, "/dev/shm", err);
}

int dev_mount(int rootfd, const struct layers *layers, struct error *err)
{
	static const char *const options[] = {"mode", "0755", "size", "64k", "nr_inodes", "64", NULL};
	_cleanup_(close_fd) int dev = -1;

	if (mount_at(rootfd, "/dev", "tmpfs", options, err) < 0)
		return -1;
	dev = target_open(rootfd, "/dev", err);
	if (dev < 0)
		return -1;
	for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
		if (bind_device(rootfd, devices[i].path, devices[i].major, devices[i].minor, err) < 0)
			return -1;
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
		if (target_symlink(rootfd, links[i].path, links[i].text, err) < 0)
			return -1;
	for (size_t i = 0; i < sizeof filesystems / sizeof filesystems[0]; i++)
		if (mount_at(rootfd, filesystems[i].path, filesystems[i].type, filesystems[i].options, err) < 0)
			return -1;
	if (mount_shm(rootfd, layers, err) < 0)
		return -1;
	return mount_set_readonly(dev, "/dev", err);
}
