#include "sandbox/shared.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/mountinfo.h"
#include "policy/path.h"
#include "policy/seccomp_prebuilt.h"

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

/* Where programs like this one lie themselves: not asked about. */
static const char *const system_directories[] = {
	"/usr", "/etc", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/sys"};

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

/* The same and the kernel's own, as the mount table has them. */
static const char *const local_names[] = {"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs", "bcachefs", "overlay",
	"tmpfs", "ramfs", "squashfs", "erofs", "vfat", "proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2",
	"mqueue", "hugetlbfs", "securityfs", "selinuxfs", "debugfs", "tracefs", "configfs", "fusectl", "pstore",
	"efivarfs", "bpf", "binfmt_misc"};

bool shared_is_of_the_system(const char *path)
{
	for (size_t i = 0; i < sizeof system_directories / sizeof system_directories[0]; i++)
		if (path_is_within(path, system_directories[i]))
			return true;
	return false;
}

/* What does not exist is refused or left out without waiting for anybody. */
static bool may_block(const char *path)
{
	struct statfs fs;

	if (statfs(path, &fs) < 0)
		return false;
	for (size_t i = 0; i < sizeof local_types / sizeof local_types[0]; i++)
		if ((unsigned)fs.f_type == local_types[i])
			return false;
	return true;
}

static bool is_local(const char *type)
{
	for (size_t i = 0; i < sizeof local_names / sizeof local_names[0]; i++)
		if (strcmp(type, local_names[i]) == 0)
			return true;
	return false;
}

static void sources_free(char ***sources)
{
	for (size_t i = 0; *sources != NULL && (*sources)[i] != NULL; i++)
		free((*sources)[i]);
	free(*sources);
}

/* Where what is shown really lies, up to a NULL; NULL without memory. */
static char **sources_find(const struct plan *plan)
{
	char **sources = calloc(plan->n_mounts + 1, sizeof *sources);
	size_t n = 0;

	for (size_t i = 0; sources != NULL && i < plan->n_mounts; i++)
		if (plan->mounts[i].kind == PLAN_MOUNT_BIND &&
			(sources[n] = realpath(plan->mounts[i].source, NULL)) != NULL)
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

/* A mount below a source comes along, a file that is looked up again may lie below one, and a mount point, the working
 * directory or the command may lie on it. Looking at the table waits for no file system. */
static bool shows_what_may_block(const struct plan *plan, const struct stdio *stdio)
{
	_cleanup_(sources_free) char **sources = NULL; /* not before there is a mount to compare with */
	_cleanup_(freep) char *text = NULL;
	struct mountinfo line;
	struct error ignored; /* not to know is to be careful */
	size_t len;
	char *rest;

	if (read_file_at(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text, &len, &ignored) < 0)
		return true;
	rest = text;
	while (mountinfo_next(&rest, &line)) {
		if (is_local(line.type))
			continue;
		if (sources == NULL && (sources = sources_find(plan)) == NULL)
			return true;
		mountinfo_unescape(line.point);
		if (is_shown(sources, line.point) || stdio_leads_through(stdio, line.point))
			return true;
	}
	return false;
}

bool shared_fits(const struct plan *plan, const struct stdio *stdio)
{
	if (plan_needs_help(plan) || plan->start_fd != 0 || plan->root != PLAN_ROOT_HOST || plan_pty_fds(plan) != 0)
		return false;
	/* Between the filter and the end of the command's process, should execve(2) fail, a call that is denied would
	 * wait for the launcher. Of the shipped policies the build has seen that none denies one of those. */
	if (plan_explains(plan) && seccomp_prebuilt_find(plan->seccomp) == NULL)
		return false;
	for (size_t i = 0; i < plan->n_mounts; i++) {
		const struct plan_mount *mount = &plan->mounts[i];

		if (mount->kind == PLAN_MOUNT_BIND && !shared_is_of_the_system(mount->source) &&
			may_block(mount->source))
			return false;
	}
	return !shows_what_may_block(plan, stdio);
}
