/* Restricts by Landlock what the command can open, by whatever path. landlock(7), Linux 5.13.
 *
 * The mount namespace decides what has a name inside, and mount flags what can be written: Landlock says both once
 * more, and lets nothing be mounted any more. One way leads round mounts: /proc/self/fd/N of a file that the caller
 * gave on standard input, output or error opens that file again, on the host's own mount, with the caller's rights.
 * Runs in: launcher, PID 1, command */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

#include <stdbool.h>
#include <stddef.h>

/* What this kernel can do: 0 none. *missing: why that is not enough, or NULL where it is; *errnum: what the kernel (or
 * a filter in front of it) answered where there is none. */
int landlock_detect(const char **missing, int *errnum);

/* Restricts the calling process, for good, with what landlock->abi has (0: nothing is done): below its root it can
 * read and execute, and write where the mount table says so; a file on descriptors 0-2 or a kept one can be opened
 * again as it is open now, and no other way (/dev/null: for reading and writing); anything else not at all. ABI 3 adds
 * truncate(2) to what is writing, ABI 5 ioctl on devices. landlock->no_tcp: no TCP port can be bound or connected
 * to (ABI 4). Signals and abstract sockets stay within (ABI 6). no_new_privs must be set. In a container
 * the paths of ro and rw take the place of the mount table. */
int landlock_restrict(const struct plan_landlock *landlock, const struct plan_root *root, const struct plan_fds *fds,
	bool in_container, struct error *err);

/* The same in words, for the report. */
void landlock_describe(const struct plan_landlock *landlock, char *text, size_t size);
