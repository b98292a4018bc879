/* Checks that nothing which a job is shown has files of the supervisor's own in it. */
#pragma once

#include "runner/config/world.h"
#include "runner/launch/own_files.h"

/* What the profile, the administrator's variables and RUNNER_DIR name. -1 with err. The tool cache is looked through
 * when it is shown (runner/job/tool_cache.h). */
int shown_check(const struct own_files *own, const struct world *world, const struct dist *dist, struct error *err);
