/* Removes processes, directories and registrations that a killed supervisor or slot has left. */
#pragma once

#include "common/error.h"
#include "runner/config/context.h"
#include "runner/job/sweep.h"

/* Sweeps one slot, or with SWEEP_ALL everything, also leftovers that no slot owns. The caller holds the state's lock.
 * Logs what it found. 0, or -1 if something is left. */
int sweep(struct supervisor *supervisor, unsigned slot);
