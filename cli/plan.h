/* What the commands that make a plan have in common. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* Prints the error. Returns STATUS_LAUNCHER. */
int cli_failed(const struct error *err);

/* The same for what went wrong after the command had ended: its status stays, unless that was success. */
int cli_failed_late(const struct error *err, int status);

/* Prints the plan as JSON, each value with its origin. 0, or -1 with err. */
int cli_print_plan(const struct plan *plan, struct error *err);

/* Once the plan holds copies of what is passed on: overwrites the process's own environment, so that no secret stays
 * readable there (/proc/PID/environ). */
void cli_wipe_environment(void);
