/* Landlock: what the command can open, whatever path leads there. landlock(7), Linux 5.13.
 *
 * The mount namespace decides what has a name inside. One way leads round it: /proc/self/fd/N of a file that the caller
 * gave on standard input, output or error opens that file again, on the host's own mount, with the caller's rights. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* What this kernel can do: 0 none, 2 or more is what landlock_restrict() needs (files may then be renamed between
 * directories), 6 and up also keeps abstract sockets and signals within the sandbox. */
#define LANDLOCK_ABI_NEEDED 2
int landlock_abi(void);

/* The ABI if landlock_restrict() can work with it, else 0, and then *errnum is what the kernel (or a filter in front of
 * it) answered, or 0 when it is only too old. */
int landlock_look(int *errnum);

/* Restricts the calling process, for good: everything below its root is left to mounts and permissions; a file on
 * descriptors 0-2 or a kept one can be opened again as it is open now, and no other way; anything else not at all.
 * Signals and abstract sockets stay within. no_new_privs must be set, landlock_abi() at least 2. */
int landlock_restrict(const struct plan *plan, struct error *err);
