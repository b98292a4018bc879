/* Signals on their way into the sandbox. signal(7), pid_namespaces(7). */
#pragma once

#include "common/error.h"

#include <signal.h>

/* The signals that are handed on to the command, and nothing else. */
void signals_forwarded(sigset_t *set);

/* All that a container can be told by its runtime (STOPSIGNAL may be any): every signal but those that a fault of the
 * receiver's own raises, SIGCHLD, and what the terminal driver does to background processes. */
void signals_of_container(sigset_t *set);

/* Blocks every signal that can be blocked, for the rest of the process: they are read, not handled. */
int signals_block_all(struct error *err);

/* Back to what a program expects to start with: every disposition default, nothing blocked. */
int signals_reset(struct error *err);
