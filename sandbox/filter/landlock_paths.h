/* Restricts a command in a container to read-only and writable paths, by Landlock without mounts.
 * Runs in: command */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* One rule per entry of root->mounts: what is below it can be read and executed, and changed where it is writable.
 * The harmless devices (null, zero, full, random, urandom, tty, the ptys) can always be read and written. Nothing else
 * can be opened. Without any entry: everything below the root, and /dev/mqueue where it is. */
int landlock_add_paths(int ruleset, const struct plan_root *root, int abi, struct error *err);
