#include "sandbox/shared.h"

#include "common/mountinfo.h"
#include "common/path.h"
#include "sandbox/files/mount_table.h"
#define RAW_CALLS_ONLY
#include "sandbox/init/raw.h"

#include <linux/futex.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif
#define ZFS_SUPER_MAGIC 0x2fc12fc1
#define BCACHEFS_SUPER_MAGIC 0xca451a4e

char shared_stacks[SHARED_PROCESSES * SHARED_STACK + SHARED_PAGE];

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

/* These and the kernel's own, as the mount table has them; what is mounted most comes first. Without pointers, which
 * would have to be relocated. */
static const char local_names[][12] = {"tmpfs", "cgroup", "cgroup2", "proc", "sysfs", "ext4", "overlay", "nsfs",
	"devtmpfs", "devpts", "ext2", "ext3", "xfs", "btrfs", "f2fs", "zfs", "bcachefs", "ramfs", "squashfs", "erofs",
	"vfat", "mqueue", "hugetlbfs", "securityfs", "selinuxfs", "debugfs", "tracefs", "configfs", "fusectl", "pstore",
	"efivarfs", "bpf", "binfmt_misc"};

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

/* Both have one errno, which belongs to the process that runs: nothing here may write it. The kernel clears `there`
 * when the process leaves the memory (CLONE_CHILD_CLEARTID). Where a filter around us refuses futex(2), it is looked
 * at. */
pid_t shared_clone_waiting(int (*run)(void *), char *stack_end, void *data)
{
	const struct timespec moment = {.tv_nsec = 1000000};
	uint32_t there = 1;
	const pid_t pid = clone(run, stack_end, CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD, data, NULL, NULL, &there);

	while (pid > 0 && __atomic_load_n(&there, __ATOMIC_ACQUIRE) != 0) {
		const long failed = RAW(futex, &there, FUTEX_WAIT, 1, 0, 0, 0);

		if (failed < 0 && failed != -EAGAIN && failed != -EINTR)
			RAW(nanosleep, &moment, 0, 0, 0, 0, 0);
	}
	return pid;
}

static void sources_free(char **sources)
{
	for (size_t i = 0; sources != NULL && sources[i] != NULL; i++)
		free(sources[i]);
	free(sources);
}

static bool has_source(const struct plan_mount *mount)
{
	return mount->kind == PLAN_MOUNT_BIND || mount->kind == PLAN_MOUNT_LAYER;
}

/* The system's directories are no links to where something else is mounted, or they are shown as links. */
static char *place_of(const char *source)
{
	return path_is_of_the_system(source) ? strdup(source) : realpath(source, NULL);
}

/* Where what is shown really lies, up to a NULL; NULL without memory. */
static char **sources_find(const struct plan_root *root)
{
	char **sources = calloc(root->n_mounts + 2, sizeof *sources);
	size_t n = 0;

	if (sources != NULL && root->dir != NULL && (sources[n] = place_of(root->dir)) != NULL)
		n++;
	for (size_t i = 0; sources != NULL && i < root->n_mounts; i++)
		if (has_source(&root->mounts[i]) && (sources[n] = place_of(root->mounts[i].source)) != NULL)
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
	if (root->dir != NULL && may_block(root->dir))
		return true;
	for (size_t i = 0; i < root->n_mounts; i++) {
		const struct plan_mount *mount = &root->mounts[i];

		if (has_source(mount) && !path_is_of_the_system(mount->source) && may_block(mount->source))
			return true;
	}
	return false;
}

struct shown {
	const struct plan_root *root;
	const struct stdio *stdio;
	char **sources; /* not before there is a mount to compare with */
};

/* Of a file system that is not local: a mount below a source comes along, a file that is looked up again may lie below
 * one, and a mount point, the working directory or the command may lie on it. */
static bool is_elsewhere(char *point, struct shown *shown)
{
	if (shown->sources == NULL &&
		(is_one_that_may_block(shown->root) || (shown->sources = sources_find(shown->root)) == NULL))
		return false;
	mountinfo_unescape(point);
	return !is_shown(shown->sources, point) && !stdio_leads_through(shown->stdio, point);
}

static bool cannot_block(char *point, const char *type, void *context)
{
	return is_local(type) || is_elsewhere(point, context);
}

bool shared_fits(const struct plan_root *root, bool mirrored, const struct stdio *stdio)
{
	struct shown shown = {.root = root, .stdio = stdio};
	bool fits;

	if (plan_has_layer(root) && root->layer != PLAN_LAYER_MEMORY)
		return false;
	if (root->kind == PLAN_ROOT_OVERLAY && !mirrored)
		return false;
	/* Looking at the table waits for no file system. Where all that is mounted is local, so is every source. Not to
	 * know is to be careful. */
	fits = mount_table_all(cannot_block, &shown) == 1;
	sources_free(shown.sources);
	return fits;
}
