/* One slot: one runner, its Listener, its jobs one after another. A process of its own. */
#pragma once

#include "runner/supervisor.h"

/* Runs the slot to its end, in a child of the supervisor. Returns an exit code (enum runner_exit); what went wrong has
 * been logged. */
int slot_run(struct supervisor *supervisor, unsigned number);
