/* Moves the slots to the distribution that has become current, one after another and each between two jobs. */
#pragma once

#include "runner/config/context.h"

#include <stdbool.h>

/* If another distribution is current, makes it the supervisor's: slots that are started from now on use it. Those that
 * run keep theirs, and their hold on it (runner/config/dist.h). Returns whether that happened. A distribution that
 * cannot be used is logged, and nothing changes. */
bool roll_adopt(struct supervisor *supervisor);
