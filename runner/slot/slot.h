/* A slot: a process for one runner, its Listener, and its jobs one after another. */
#pragma once

#include "runner/config/context.h"

/* Runs the slot to its end, in a child of the supervisor. Logs errors and returns an exit code (enum runner_exit). */
int slot_run(struct supervisor *supervisor, unsigned number);
