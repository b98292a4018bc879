/* Ends what the command of an entrypoint started, so that no process stays.
 * Runs in: launcher, PID 1 */
#pragma once

#include "sandbox/outcome/outcome.h"

#include <stdbool.h>

/* Kills what is left and reaps it; counts it in outcome->processes_killed. As PID 1 that is every process that we may
 * kill (the kernel kills the rest when we exit); else the processes that descend from us, which became our children
 * when their parents died. Takes at most two seconds; children that are there even then are named in outcome->residue.
 */
void descendants_kill(bool pid1, struct outcome *outcome);
