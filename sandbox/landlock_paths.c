#include "sandbox/landlock_paths.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE)
/* Of a file, the kernel takes no right that only a directory can have: EINVAL. */
#define OF_DIRECTORIES (LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_MAKE_AND_REMOVE | (UINT64_C(1) << 13))

static int allow(int ruleset, const char *path, uint64_t access, bool optional, struct error *err)
{
	_cleanup_(close_fd) int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = fd};
	struct stat st;

	if (fd < 0 && optional && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, "landlock: %s", path);
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= ~(uint64_t)OF_DIRECTORIES;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return error_set(err, errno, "landlock: allow %s", path);
	return 0;
}

int landlock_allow_paths(int ruleset, const struct plan *plan, uint64_t all, struct error *err)
{
	static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom",
		"/dev/tty", "/dev/ptmx", "/dev/pts"};
	const uint64_t use = all & ~(uint64_t)(LANDLOCK_MAKE_AND_REMOVE | LANDLOCK_ACCESS_FS_EXECUTE);

	for (size_t i = 0; i < plan->n_mounts; i++) {
		const struct plan_mount *path = &plan->mounts[i];

		if (allow(ruleset, path->source, path->writable ? all : READ, path->optional, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
		if (allow(ruleset, devices[i], use, true, err) < 0)
			return -1;
	return 0;
}
