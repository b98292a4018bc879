/* Asks the kernel for the mounts of the sandbox that the caller is in. */
#pragma once

#include "policy/plan.h"
#include "sandbox/seen.h"

void look_at_mounts(const struct plan *plan, struct seen_values *seen);
