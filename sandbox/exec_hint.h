/* Why execve(2) failed, as far as can be told. That a file is missing or closed inside does not come through the
 * filter: these two looks are all that there is. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* From inside, in the process whose exec of `command` has just failed with errno `why`: adds the remedy. */
void exec_hint_inside(const char *command, int why, struct error *err);

/* From outside, when exec_hint_inside() found nothing: whether the command exists there. */
void exec_hint_outside(const struct plan *plan, struct error *err);
