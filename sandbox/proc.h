/* /proc inside: a fresh procfs of the new PID namespace, with what speaks of the whole machine masked. proc(5). */
#pragma once

#include "common/error.h"
#include "sandbox/mask.h"

#include <stdint.h>

/* Mounts it at `rootfd`/proc, a root that is not entered yet: what is to be masked is covered with `mask`, what is to
 * be read-only with itself, the counters of sandbox/ucounts.h are limited. The working directory is that /proc
 * afterwards. 0, or -1 with err: EPERM where the /proc around us is covered in parts, with the remedy. */
int proc_mount(int rootfd, struct mask *mask, struct error *err);

/* Counts, in the /proc of the caller, what of it is masked or read-only, and what should be and is not. Leaves both
 * alone where it cannot be told. */
void proc_look(uint64_t *masked, uint64_t *unmasked);
