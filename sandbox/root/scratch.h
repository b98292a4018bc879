/* Mounts the scratch file system: one tmpfs for all writable throw-away directories of a sandbox.
 *
 * They share it so that their sum has a bound, in bytes and in files, and the root and /dev, read-only, with them: a
 * file system costs as much as ten mounts. It is memory rather than disk because it then ends with the last process,
 * whatever kills it, and nothing of it has to be deleted, found again after a crash, or kept from other users.
 * Runs in: launcher, child */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/outcome/outcome.h"

/* Makes it, of `size` bytes and plan_scratch_inodes() files (0: the kernel's default), and attaches it to a directory
 * of the host's /proc, in our own mount namespace: where root_enter() lets go of it, and no source lies. Returns the
 * descriptor of its root. */
int scratch_create(uint64_t size, struct error *err);

/* Notes how much is stored in it now, less the bytes `ours`, where that is more than what was counted on disk: the two
 * have the same limit, each for itself. Where it is `counted` elsewhere, only whether it is full. */
void scratch_measure(int scratch, uint64_t ours, bool counted, struct outcome *outcome);

/* Attaches another fresh file system the same way, for as long. */
int scratch_attach_beside(int fd, struct error *err);

/* Makes a directory `name` with that mode in it and opens it (O_PATH). */
int scratch_directory(int scratch, const char *name, mode_t mode, struct error *err);

/* The same as a detached mount of its own: nosuid, nodev, and what `flags` (mount_api.h) add. */
int scratch_mount(int scratch, const char *name, mode_t mode, unsigned flags, struct error *err);
