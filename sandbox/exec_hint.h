/* Why execve(2) failed, as far as can be told. That a file is missing or closed inside does not come through the
 * filter: the look before it and that from outside are all that there is. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

#include <sys/types.h>

/* From inside, in the process whose exec has just failed with errno `why`: adds the remedy. Makes no system call: the
 * filter may refuse it, and wait for a launcher that waits for us. `mode` is the file's, or 0 where none was found. */
void exec_hint_inside(mode_t mode, int why, struct error *err);

/* From outside, when exec_hint_inside() found nothing: whether the command exists there. */
void exec_hint_outside(const struct plan *plan, struct error *err);
