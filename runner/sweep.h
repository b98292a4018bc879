/* After somebody was killed: what is left of processes, directories and registrations goes. */
#pragma once

#include "common/error.h"
#include "runner/supervisor.h"

#define SWEEP_ALL 0

/* Sweeps one slot, or with SWEEP_ALL everything, also what no slot owns any more. The state must be locked by us. Says
 * what it found. 0, or -1 when something is left (which has been logged). */
int sweep(struct supervisor *supervisor, unsigned slot);

/* The part of it that a living slot may do itself, when no job of it runs: what its jobs have left. */
void sweep_jobs(struct supervisor *supervisor, unsigned slot);
