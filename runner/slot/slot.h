/* A slot: a process for one runner, its Listener, and its jobs one after another. */
#pragma once

#include "runner/config/context.h"
#include "runner/journal/journal.h"

/* Tells the journal what the slot does now. `runner` is its runner's name, or NULL. */
void slot_note(const struct supervisor *supervisor, unsigned number, const char *runner, enum journal_state now);

/* Runs the slot to its end, in a child of the supervisor. Logs errors and returns an exit code (enum runner_exit). */
int slot_run(struct supervisor *supervisor, unsigned number);
