#include "sandbox/filter/landlock_rules.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Descriptors below this one stay open, since closing each is a system call; not more, since --nofile counts already,
 * of which 16 is the least: the last is for one at a time. */
#define LEFT_OPEN 15

#define OF_FILES \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_FS_WRITING | LANDLOCK_FS_IOCTL_DEV)

/* What the mount table does not name because sandbox/ always makes it, and one directory for speed; what is missing
 * needs no rule. The files of a POSIX message queue belong to a mount that hangs nowhere, whose root is that of
 * /dev/mqueue. */
static const struct {
	const char *path;
	uint64_t access;
} always[] = {
	{"/dev", LANDLOCK_FS_CHANGING | LANDLOCK_FS_IOCTL_DEV},
	{"/dev/mqueue", LANDLOCK_FS_CHANGING},
	{"/proc", LANDLOCK_FS_READING | LANDLOCK_FS_WRITING},
	/* Allowed by "/" already. Here the kernel's walk towards "/" ends, which every open(2) of a job's tools pays
	   for. */
	{"/usr", LANDLOCK_FS_READING},
};

uint64_t landlock_fs_rights(int abi)
{
	uint64_t rights = LANDLOCK_FS_READING | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_FS_MAKING |
			  LANDLOCK_ACCESS_FS_MAKE_BLOCK;

	if (abi >= 3)
		rights |= LANDLOCK_FS_TRUNCATE;
	if (abi >= 5)
		rights |= LANDLOCK_FS_IOCTL_DEV;
	return rights;
}

int landlock_allow(int ruleset, int fd, uint64_t access, int abi)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = access & landlock_fs_rights(abi), .parent_fd = fd};

	if (rule.allowed_access == 0)
		return 0;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0)
		return 0;
	/* EINVAL is how the kernel says that it is no directory; asking beforehand would cost a call each time. */
	if (errno != EINVAL || (rule.allowed_access &= OF_FILES) == 0)
		return -1;
	return (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

int landlock_allow_path(
	int ruleset, const char *path, int flags, uint64_t access, int abi, bool optional, struct error *err)
{
	_cleanup_(close_fd) int fd = open(path, O_PATH | O_CLOEXEC | flags);

	if (fd < 0 && optional && errno == ENOENT)
		return 0;
	if (fd < 0)
		return error_set(err, errno, "landlock: %s", path);
	if (landlock_allow(ruleset, fd, access, abi) < 0)
		return error_set(err, errno, "landlock: landlock_add_rule %s", path);
	if (fd < LEFT_OPEN)
		take_fd(&fd);
	return 0;
}

static int allow_inside(int ruleset, const char *path, uint64_t access, int abi, bool optional, struct error *err)
{
	return landlock_allow_path(ruleset, path, O_NOFOLLOW, access, abi, optional, err);
}

static bool is_writable(const struct plan_mount *mount)
{
	return mount->kind == PLAN_MOUNT_BIND ? mount->writable : mount->kind != PLAN_MOUNT_HIDE;
}

int landlock_add_mounts(int ruleset, const struct plan_root *root, int abi, struct error *err)
{
	const bool writable_root = root->kind != PLAN_ROOT_HOST; /* a throw-away layer */

	if (allow_inside(ruleset, "/", writable_root ? LANDLOCK_FS_CHANGING : LANDLOCK_FS_READING, abi, false, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
		if (allow_inside(ruleset, always[i].path, always[i].access, abi, true, err) < 0)
			return -1;
	for (size_t i = 0; i < root->n_mounts && !writable_root; i++) {
		const struct plan_mount *mount = &root->mounts[i];

		if (is_writable(mount) &&
			allow_inside(ruleset, mount->target, LANDLOCK_FS_CHANGING, abi, mount->optional, err) < 0)
			return -1;
	}
	return 0;
}
