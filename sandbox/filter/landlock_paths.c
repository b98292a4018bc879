#include "sandbox/filter/landlock_paths.h"

#include "sandbox/filter/landlock_rules.h"

#include <errno.h>

static int allow(int ruleset, const char *path, uint64_t access, int abi, bool optional, struct error *err)
{
	if (landlock_allow_path(ruleset, path, 0, access, abi, optional, err) == 0)
		return 0;
	return err->errnum == ENOENT ? error_hint(err, "use --ro-try for a path that may be missing") : -1;
}

int landlock_add_paths(int ruleset, const struct plan_root *root, int abi, struct error *err)
{
	static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom",
		"/dev/tty", "/dev/ptmx", "/dev/pts"};
	const uint64_t use = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_FS_WRITING |
			     LANDLOCK_FS_IOCTL_DEV;

	if (root->n_mounts == 0) {
		/* Block devices nobody here could make: that it is refused first shows Landlock
		 * (sandbox/verify/inspect.c). */
		const uint64_t all = landlock_fs_rights(abi) & ~(uint64_t)LANDLOCK_ACCESS_FS_MAKE_BLOCK;

		/* The files of POSIX message queues belong to a mount that hangs nowhere. */
		if (allow(ruleset, "/", all, abi, false, err) < 0)
			return -1;
		return allow(ruleset, "/dev/mqueue", all, abi, true, err);
	}
	for (size_t i = 0; i < root->n_mounts; i++) {
		const struct plan_mount *path = &root->mounts[i];

		if (allow(ruleset, path->source, path->writable ? LANDLOCK_FS_CHANGING : LANDLOCK_FS_READING, abi,
			    path->optional, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
		if (allow(ruleset, devices[i], use, abi, true, err) < 0)
			return -1;
	return 0;
}
