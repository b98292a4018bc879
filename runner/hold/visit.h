/* Somebody's visit to a held job: a shell at this terminal, or its end. */
#pragma once

#include "common/error.h"

/* Takes over *slot, a connection of hold_find(). Gives this terminal (standard input and output) to a shell in the job,
 * and returns the shell's exit status when that has ended; -1 with err if there is none, or the job is not held any
 * more. The terminal has its settings again in any case. What comes out is the job's: it can do to the terminal what
 * any program at it can. */
int hold_visit(int *slot, const char *term, struct error *err);

/* Releases the job, and waits until nothing of it is left. -1 with err. */
int hold_release(int slot, struct error *err);
