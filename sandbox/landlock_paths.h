/* Landlock in a container: read-only and writable paths without a mount. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

#include <linux/landlock.h>
#include <stdint.h>

/* The rights of making and removing names, which rules of paths decide about too. */
#define LANDLOCK_MAKE_AND_REMOVE                                                                           \
	(LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |   \
		LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | \
		LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

/* One rule per entry of plan->mounts: what is below it can be read and executed, and all that `all` holds where it is
 * writable. The harmless devices (null, zero, full, random, urandom, tty, the ptys) can always be read and written.
 * Nothing else can be opened. */
int landlock_allow_paths(int ruleset, const struct plan *plan, uint64_t all, struct error *err);
