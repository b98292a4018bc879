/* The supervisor: starts the slots, passes stop signals on, restarts a slot that was killed. */
#pragma once

#include "common/error.h"
#include "runner/config/context.h"

/* Runs all slots to their end. Logs errors and returns an exit code. */
int supervise(struct supervisor *supervisor);

/* Makes this process non-dumpable and disables core files, since supervisor and slots hold secrets. */
int supervisor_harden(struct error *err);

void supervisor_free(struct supervisor *supervisor);
