/* Launches one command in one sandbox: runs the mechanisms in order.
 * Runs in: launcher */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/outcome/outcome.h"

/* Carries out a resolved plan and stays until nothing of it is left. `cgroup_parent`: from facts_detect(), or NULL.
 * 0: the command ran, `outcome` says how it ended. -1: it never ran, or could not be watched and was killed; err says
 * why and outcome->status is 125, 126 or 127. Must be called by a single-threaded process, once. */
int launch(const struct plan *plan, const char *cgroup_parent, struct outcome *outcome, struct error *err);
