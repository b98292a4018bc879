/* Masks the files of /proc that show or change the whole machine, and makes others read-only.
 * The masks of the OCI default configuration and later files of the same kind.
 * Runs in: child, command */
#pragma once

#include "common/error.h"
#include "sandbox/root/mask.h"

#include <stdint.h>

/* `proc` is a procfs that is mounted, and the working directory. Covers what is to be masked with `mask`, and binds
 * what is to be read-only over itself. */
int proc_masks_apply(int proc, struct mask *mask, struct error *err);

/* Counts, in the /proc of the caller, the files that are masked or read-only, and those that should be and are not.
 * Leaves both numbers alone where a file cannot be inspected. */
void proc_masks_inspect(uint64_t *masked, uint64_t *unmasked);
