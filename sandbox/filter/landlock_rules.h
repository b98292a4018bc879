/* Makes the rules of a Landlock ruleset that mirror the mount table.
 * Runs in: command */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

#include <linux/landlock.h>
#include <stdbool.h>
#include <stdint.h>

/* The headers of Debian 12 (Linux 6.1) end with ABI 2. */
#define LANDLOCK_FS_REFER (UINT64_C(1) << 13)     /* ABI 2 */
#define LANDLOCK_FS_TRUNCATE (UINT64_C(1) << 14)  /* ABI 3 */
#define LANDLOCK_FS_IOCTL_DEV (UINT64_C(1) << 15) /* ABI 5 */

#define LANDLOCK_FS_READING (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE)
#define LANDLOCK_FS_WRITING (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_FS_TRUNCATE)

/* Overlay whiteouts are character devices 0:0, which anybody may make; the kernel lets nobody in a user namespace make
 * another one. */
#define LANDLOCK_FS_MAKING                                                                                 \
	(LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |   \
		LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | \
		LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_FS_REFER)

#define LANDLOCK_FS_CHANGING (LANDLOCK_FS_READING | LANDLOCK_FS_WRITING | LANDLOCK_FS_MAKING)

/* Every right over files that a kernel of this ABI (2 or more) knows. */
uint64_t landlock_fs_rights(int abi);

/* Everything can be read and executed; what the mount table makes writable can be written, and changed as a directory;
 * /dev too, with its devices' ioctls; of /proc, files that are there. Block devices can be made nowhere. The calling
 * process is in its root. A few descriptors are left open, close-on-exec. */
int landlock_add_mounts(int ruleset, const struct plan_root *root, int abi, struct error *err);

/* A rule for one path, opened with `flags` (0 or O_NOFOLLOW) besides O_PATH; nothing where `optional` and it is not
 * there. Its descriptor may stay open, close-on-exec. -1 with err. */
int landlock_allow_path(
	int ruleset, const char *path, int flags, uint64_t access, int abi, bool optional, struct error *err);

/* A rule for one descriptor. Rights that the kernel does not know, or that files cannot have, are left out. -1: errno;
 * EBADFD for what has no path, as a pipe. */
int landlock_allow(int ruleset, int fd, uint64_t access, int abi);
