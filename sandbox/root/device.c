#include "sandbox/root/device.h"

#include "common/cleanup.h"
#include "policy/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int refuse(const struct plan_granted *granted, const char *why, const char *remedy, struct error *err)
{
	error_set(err, errno, "device: %s%s%s", granted->path, why[0] != '\0' ? ": " : "", why);
	return error_hint(
		err, "%s; requested by %s", remedy, granted->origin.text != NULL ? granted->origin.text : "default");
}

/* The kernel's name of a character device: the line DEVNAME= of sysfs, which a driver without a device class does not
 * have. NULL: unknown. */
static const char *detect_name(dev_t device, char *text, size_t size)
{
	static const char key[] = "\nDEVNAME=";
	_cleanup_(close_fd) int fd = -1;
	char path[64], *name;
	ssize_t n;

	snprintf(path, sizeof path, "/sys/dev/char/%u:%u/uevent", major(device), minor(device));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd >= 0 ? read(fd, text, size - 1) : -1;
	if (n <= 0)
		return NULL;
	text[n] = '\0';
	name = strstr(text, key);
	if (name == NULL)
		return NULL;
	name += strlen(key);
	name[strcspn(name, "\n")] = '\0';
	return name;
}

/* Of the node that the job will have, since a link or another mount could stand at the host's name. */
static int check(const struct plan_granted *granted, const char *name, struct error *err)
{
	const struct device *row = device_find(granted->path);
	struct statvfs mount;
	const char *kernels_name;
	char uevent[1024];
	struct stat st;

	if (row == NULL || stat(name, &st) < 0 || statvfs(name, &mount) < 0)
		return error_set(err, errno, "device: %s", granted->path);
	kernels_name = detect_name(st.st_rdev, uevent, sizeof uevent);
	errno = 0;
	if (!S_ISCHR(st.st_mode) ||
		!device_matches(row, granted->path, major(st.st_rdev), minor(st.st_rdev), kernels_name))
		return refuse(granted, "another device than its name says", "see the host's /dev", err);
	if ((mount.f_flag & ST_NODEV) != 0)
		return refuse(granted, "on a nodev mount: nobody can open it", "see the mount of the host's /dev", err);
	if (syscall(SYS_faccessat2, AT_FDCWD, name, R_OK | W_OK, AT_EACCESS) < 0)
		return refuse(granted, "",
			"let the caller open it: by its group, or a rule of udev; with identity subuid no group of the caller's counts",
			err);
	return 0;
}

/* The only directories that names of policy/device.h have. */
static int make_directory(char *name, struct error *err)
{
	char *slash = strchr(name, '/');

	if (slash == NULL)
		return 0;
	*slash = '\0';
	if (mkdir(name, 0755) < 0 && errno != EEXIST)
		return error_set(err, errno, "mkdir: /dev/%s", name);
	*slash = '/';
	return 0;
}

static int bind_one(const struct plan_granted *granted, struct error *err)
{
	const struct device *row = device_find(granted->path);
	char name[256];

	snprintf(name, sizeof name, "%s", granted->path + strlen("/dev/"));
	if (make_directory(name, err) < 0)
		return -1;
	if (mknod(name, S_IFREG | 0444, 0) < 0)
		return error_set(err, errno, "device: %s", granted->path);
	if (mount(granted->path, name, NULL, MS_BIND, NULL) < 0)
		return refuse(granted, "", row != NULL && errno == ENOENT ? row->remedy : "the mount is refused", err);
	if (check(granted, name, err) < 0)
		return -1;
	/* The node, not what it opens: its mode and times are the host's. */
	if (mount(NULL, name, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NOEXEC, NULL) < 0)
		return refuse(granted, "read-only", "the mount is refused", err);
	return 0;
}

int device_bind_granted(const struct plan_granted *granted, size_t n, struct error *err)
{
	for (size_t i = 0; i < n; i++)
		if (bind_one(&granted[i], err) < 0)
			return -1;
	return 0;
}
