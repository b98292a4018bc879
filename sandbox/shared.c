#include "sandbox/shared.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/mountinfo.h"
#include "common/path.h"
#include "sandbox/files/mount_types.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif
#define ZFS_SUPER_MAGIC 0x2fc12fc1
#define BCACHEFS_SUPER_MAGIC 0xca451a4e
#define MQUEUE_MAGIC 0x19800202
#define CONFIGFS_MAGIC 0x62656570
#define FUSE_CTL_MAGIC 0x65735543

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* File systems whose answers come from this machine. */
static const unsigned local_types[] = {
	EXT4_SUPER_MAGIC,
	XFS_SUPER_MAGIC,
	BTRFS_SUPER_MAGIC,
	F2FS_SUPER_MAGIC,
	ZFS_SUPER_MAGIC,
	BCACHEFS_SUPER_MAGIC,
	OVERLAYFS_SUPER_MAGIC,
	TMPFS_MAGIC,
	RAMFS_MAGIC,
	SQUASHFS_MAGIC,
};

/* The kernel's own. */
static const unsigned kernel_types[] = {
	PROC_SUPER_MAGIC,
	SYSFS_MAGIC,
	DEVPTS_SUPER_MAGIC,
	CGROUP_SUPER_MAGIC,
	CGROUP2_SUPER_MAGIC,
	MQUEUE_MAGIC,
	HUGETLBFS_MAGIC,
	SECURITYFS_MAGIC,
	SELINUX_MAGIC,
	DEBUGFS_MAGIC,
	TRACEFS_MAGIC,
	CONFIGFS_MAGIC,
	FUSE_CTL_MAGIC,
	PSTOREFS_MAGIC,
	EFIVARFS_MAGIC,
	BPF_FS_MAGIC,
	BINFMTFS_MAGIC,
};

/* Both, as the mount table has them. */
static const char *const local_names[] = {"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs", "bcachefs", "overlay",
	"tmpfs", "ramfs", "squashfs", "erofs", "vfat", "proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2",
	"mqueue", "hugetlbfs", "securityfs", "selinuxfs", "debugfs", "tracefs", "configfs", "fusectl", "pstore",
	"efivarfs", "bpf", "binfmt_misc"};

static bool is_listed(uint64_t magic, const unsigned types[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (magic == types[i])
			return true;
	return false;
}

/* What does not exist is refused or left out without waiting for anybody. */
static bool may_block(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && !is_listed((unsigned)fs.f_type, local_types, COUNT(local_types));
}

static bool is_local_number(uint64_t magic)
{
	return is_listed(magic, local_types, COUNT(local_types)) || is_listed(magic, kernel_types, COUNT(kernel_types));
}

static bool is_local(const char *type)
{
	for (size_t i = 0; i < sizeof local_names / sizeof local_names[0]; i++)
		if (strcmp(type, local_names[i]) == 0)
			return true;
	return false;
}

/* The usual case without taking the lines apart. A blank in a name is an escape, so " - " is always the end of the
 * optional fields. proc_pid_mountinfo(5) */
static bool is_all_local(const char *text)
{
	char type[32];

	for (const char *end; *text != '\0'; text = end + 1) {
		const char *separator = strstr(text, " - ");
		size_t len;

		end = strchr(text, '\n');
		if (separator == NULL || end == NULL || separator > end)
			return false;
		len = strcspn(separator + 3, " ");
		if (len >= sizeof type)
			return false;
		memcpy(type, separator + 3, len);
		type[len] = '\0';
		if (!is_local(type))
			return false;
	}
	return true;
}

static void sources_free(char ***sources)
{
	for (size_t i = 0; *sources != NULL && (*sources)[i] != NULL; i++)
		free((*sources)[i]);
	free(*sources);
}

static bool has_source(const struct plan_mount *mount)
{
	return mount->kind == PLAN_MOUNT_BIND || mount->kind == PLAN_MOUNT_LAYER;
}

/* Where what is shown really lies, up to a NULL; NULL without memory. */
static char **sources_find(const struct plan_root *root)
{
	char **sources = calloc(root->n_mounts + 1, sizeof *sources);
	size_t n = 0;

	for (size_t i = 0; sources != NULL && i < root->n_mounts; i++)
		if (has_source(&root->mounts[i]) && (sources[n] = realpath(root->mounts[i].source, NULL)) != NULL)
			n++;
	return sources;
}

static bool is_shown(char *const *sources, const char *point)
{
	for (; *sources != NULL; sources++)
		if (path_is_within(point, *sources))
			return true;
	return false;
}

static bool is_one_that_may_block(const struct plan_root *root)
{
	for (size_t i = 0; i < root->n_mounts; i++) {
		const struct plan_mount *mount = &root->mounts[i];

		if (has_source(mount) && !path_is_of_the_system(mount->source) && may_block(mount->source))
			return true;
	}
	return false;
}

/* A mount below a source comes along, a file that is looked up again may lie below one, and a mount point, the working
 * directory or the command may lie on it. */
static bool shows_what_may_block(const struct plan_root *root, const struct stdio *stdio, char *rest)
{
	_cleanup_(sources_free) char **sources = NULL; /* not before there is a mount to compare with */
	struct mountinfo line;

	while (mountinfo_next(&rest, &line)) {
		if (is_local(line.type))
			continue;
		if (sources == NULL && (sources = sources_find(root)) == NULL)
			return true;
		mountinfo_unescape(line.point);
		if (is_shown(sources, line.point) || stdio_leads_through(stdio, line.point))
			return true;
	}
	return false;
}

bool shared_fits(const struct plan_root *root, bool mirrored, const struct stdio *stdio)
{
	_cleanup_(freep) char *text = NULL;
	struct error ignored; /* not to know is to be careful */
	size_t len;

	if (plan_has_layer(root) && !(root->kind == PLAN_ROOT_OVERLAY && mirrored && root->layer == PLAN_LAYER_MEMORY))
		return false;
	/* Looking at the table waits for no file system. Where all that is mounted is local, so is every source. */
	if (mount_types_all(is_local_number) == 1)
		return true;
	if (read_file_at(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text, &len, &ignored) < 0)
		return false;
	return is_all_local(text) || (!is_one_that_may_block(root) && !shows_what_may_block(root, stdio, text));
}
