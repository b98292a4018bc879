#include "sandbox/root/dev.h"

#include "sandbox/files/leave.h"
#include "sandbox/root/device.h"
#include "sandbox/root/mount_api.h"
#include "sandbox/root/scratch.h"
#include "sandbox/root/target.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Device numbers are those of Documentation/admin-guide/devices.txt; a host node that is another device is refused. */
static const struct {
	const char *name;
	unsigned major, minor;
} devices[] = {
	{"null", 1, 3},
	{"zero", 1, 5},
	{"full", 1, 7},
	{"random", 1, 8},
	{"urandom", 1, 9},
	{"tty", 5, 0},
};

static const struct {
	const char *name, *text;
} links[] = {
	{"fd", "/proc/self/fd"},
	{"stdin", "/proc/self/fd/0"},
	{"stdout", "/proc/self/fd/1"},
	{"stderr", "/proc/self/fd/2"},
	{"ptmx", "pts/ptmx"},
};

static const struct {
	const char *name, *type, *options;
} filesystems[] = {
	{"pts", "devpts", "mode=0620,ptmxmode=0666,max=256"},
	{"mqueue", "mqueue", NULL},
};

/* From here on the current directory is the new /dev, which is empty and nobody else's. */
static int bind_device(const char *name, unsigned major, unsigned minor, struct error *err)
{
	char source[32];
	struct stat st;

	snprintf(source, sizeof source, "/dev/%s", name);
	if (mknod(name, S_IFREG | 0444, 0) < 0 || mount(source, name, NULL, MS_BIND, NULL) < 0)
		return error_set(err, errno, "mount: %s", source);
	if (stat(name, &st) < 0)
		return error_set(err, errno, "%s", source);
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(major, minor))
		return error_set(err, 0, "%s: not the character device %u:%u", source, major, minor);
	return 0;
}

static int mount_here(const char *name, const char *type, const char *options, struct error *err)
{
	/* The devices of a devpts are its own pseudo-terminals, and mknod(2) does not work there. */
	const unsigned long nodev = strcmp(type, "devpts") == 0 ? 0 : MS_NODEV;

	if (mkdir(name, 0755) < 0 || mount(type, name, type, MS_NOSUID | nodev | MS_NOEXEC, options) < 0)
		return error_set(err, errno, "mount: %s on /dev/%s", type, name);
	return 0;
}

static int fill(struct error *err)
{
	for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
		if (bind_device(devices[i].name, devices[i].major, devices[i].minor, err) < 0)
			return -1;
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
		if (symlink(links[i].text, links[i].name) < 0)
			return error_set(err, errno, "symlink /dev/%s", links[i].name);
	for (size_t i = 0; i < sizeof filesystems / sizeof filesystems[0]; i++)
		if (mount_here(filesystems[i].name, filesystems[i].type, filesystems[i].options, err) < 0)
			return -1;
	return 0;
}

static int mount_shm(int dev, int scratch, struct error *err)
{
	_cleanup_(leave_fd) int shm = scratch_mount(scratch, "shm", 01777, MOUNT_NOEXEC, err);

	return shm < 0 ? -1 : target_attach(dev, "/shm", shm, err);
}

int dev_mount(int rootfd, int scratch, const struct plan_granted *granted, size_t n_granted, struct error *err)
{
	_cleanup_(leave_fd) int dev = scratch_mount(scratch, "dev", 0755, MOUNT_NOEXEC, err);

	if (dev < 0 || target_attach(rootfd, "/dev", dev, err) < 0)
		return -1;
	if (fchdir(dev) < 0)
		return error_set(err, errno, "/dev");
	if (fill(err) < 0 || device_bind_granted(granted, n_granted, err) < 0 || mount_shm(dev, scratch, err) < 0)
		return -1;
	return mount_set_readonly(dev, "/dev", err);
}
