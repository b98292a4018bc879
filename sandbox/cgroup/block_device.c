#include "sandbox/cgroup/block_device.h"

#include "common/cleanup.h"
#include "common/error.h"
#include "common/io.h"
#include "policy/limits.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

static char reason[ERROR_TEXT_MAX]; /* facts->devices_reason; the launcher has one thread, and looks once */

/* A file system without a device of its own: in memory, or one whose device we cannot see. */
static int without_device(const char *path, struct error *err)
{
	static const struct {
		unsigned long type;
		const char *name; /* NULL: in memory */
	} known[] = {
		{TMPFS_MAGIC, NULL},
		{RAMFS_MAGIC, NULL},
		{HUGETLBFS_MAGIC, NULL},
		{PROC_SUPER_MAGIC, NULL},
		{SYSFS_MAGIC, NULL},
		{CGROUP2_SUPER_MAGIC, NULL},
		{OVERLAYFS_SUPER_MAGIC, "an overlay"},
		{BTRFS_SUPER_MAGIC, "btrfs"},
		{NFS_SUPER_MAGIC, "NFS"},
		{FUSE_SUPER_MAGIC, "a FUSE file system"},
		{V9FS_MAGIC, "9p"},
	};
	const char *name = "a file system";
	struct statfs fs;

	if (statfs(path, &fs) < 0)
		return error_set(err, errno, "%s", path);
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if ((unsigned long)fs.f_type == known[i].type) {
			if (known[i].name == NULL)
				return 0;
			name = known[i].name;
		}
	return error_set(err, 0, "%s lies on %s, which does not show its block device", path, name);
}

/* Fills major and minor of `device` with the whole disk behind the file system that `path` lies on: 1. 0 when that is
 * one in memory, which has none. -1: it has one that cannot be seen from here (an overlay, a network file system, btrfs
 * with its own numbers), or `path` cannot be inspected. */
static int device_of(const char *path, struct plan_device *device, struct error *err)
{
	_cleanup_(freep) char *sys = NULL, *partition = NULL, *disk = NULL, *text = NULL;
	struct stat st;
	size_t len;

	if (stat(path, &st) < 0)
		return error_set(err, errno, "%s", path);
	if (major(st.st_dev) == 0)
		return without_device(path, err);
	sys = format("/sys/dev/block/%u:%u", major(st.st_dev), minor(st.st_dev));
	partition = sys != NULL ? format("%s/partition", sys) : NULL;
	if (partition == NULL)
		return error_set(err, ENOMEM, "%s", path);
	disk = format(access(partition, F_OK) == 0 ? "%s/../dev" : "%s/dev", sys);
	if (disk == NULL || read_file_at(AT_FDCWD, disk, 64, &text, &len, err) < 0)
		return error_context(err, "the block device of %s", path);
	if (sscanf(text, "%u:%u", &device->major, &device->minor) != 2)
		return error_set(err, 0, "%s: not a device number", disk);
	return 1;
}

/* Notes the disk of `path`, once. */
static void detect(const char *path, bool written, bool optional, struct facts *facts)
{
	struct plan_device device = {.written = written};
	struct error err;
	int found = device_of(path, &device, &err);

	if (found < 0 && optional && err.errnum == ENOENT)
		return;
	if (found < 0) {
		snprintf(reason, sizeof reason, "%s", err.text);
		facts->devices_reason = reason;
	}
	if (found <= 0)
		return;
	for (size_t i = 0; i < facts->n_devices; i++)
		if (facts->devices[i].major == device.major && facts->devices[i].minor == device.minor) {
			facts->devices[i].written = facts->devices[i].written || written;
			return;
		}
	if (facts->n_devices < PLAN_DEVICES_MAX)
		facts->devices[facts->n_devices++] = device;
	else
		facts->devices_reason = "the mounts lie on too many block devices";
}

void block_devices_detect(
	const struct plan_limits *limits, const char *workspace, const struct plan_root *root, struct facts *facts)
{
	bool reads = false, writes = false;

	facts->n_devices = 0;
	facts->devices_reason = NULL;
	for (unsigned i = 0; i < PLAN_LIMIT_COUNT; i++)
		if (limit_is_rate(&limit_rows[i]) && limit_is_asked_for(limits, &limit_rows[i]))
			*(limit_rows[i].format == LIMIT_RATE_WRITTEN ? &writes : &reads) = true;
	if (!reads && !writes)
		return;
	if (workspace != NULL)
		detect(workspace, true, false, facts);
	for (size_t i = 0; i < root->n_mounts; i++) {
		const struct plan_mount *mount = &root->mounts[i];

		if (mount->kind == PLAN_MOUNT_BIND && (reads || mount->writable))
			detect(mount->source, mount->writable, mount->optional, facts);
	}
}
