/* A sandbox that is prepared in advance: all is set up, every restriction is in force, and the process that is to
 * become the command waits to be told. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/supervise.h"

#include <stdbool.h>

/* Watches plan->start_fd where there is one: the command starts, and its time with it, when a byte can be read there.
 * Its end of file without a byte ends the job before it began, which is an error. Not before the child has been told
 * MESSAGE_GO for other reasons. */
int start_watch(struct watch *watch, struct error *err);

/* Whether the command is still to be told. */
bool start_is_awaited(const struct plan *plan, const struct told *told);

/* A signal came meanwhile. What asks for an end is an error, since nothing has run; nobody is there for the others. */
int start_signal(int sig, struct error *err);

/* In the command's process, under its filter: returns when it may go on, at once where nothing is waited for. */
int start_wait(const struct plan *plan, int sock, struct error *err);
