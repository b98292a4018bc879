/* Asks the kernel for the mounts of the caller's sandbox.
 * Runs in: command */
#pragma once

#include "policy/plan.h"
#include "sandbox/verify/seen.h"

/* A file of /etc that does not read as the plan has it counts as a missing mount. */
void inspect_mounts(const struct plan_root *root, const struct etc *etc, struct seen_values *seen);
