/* Which distribution `start` and `sweep` use. */
#pragma once

#include "runner/config/config.h"

/* If RUNNER_DIR is not set and a distribution was fetched into the state directory, makes that the runner_dir: the link
 * "current", which a later fetch switches, and runner_dir_is_fetched true. True if it did. */
bool choose_fetched(struct config *config);
