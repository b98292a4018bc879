/* Functions shared by the commands that make a plan. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* Prints the error. Returns STATUS_LAUNCHER. */
int cli_failed(const struct error *err);

/* The same for an error after the command has ended: keeps the command's status unless that was success. */
int cli_failed_late(const struct error *err, int status);

/* Once all is printed on standard output: `status` if it has arrived there, or else as cli_failed(). */
int cli_printed(int status);

/* Prints the plan as JSON, each value with its origin. 0, or -1 with err. */
int cli_print_plan(const struct plan *plan, struct error *err);

/* The delegated cgroup that COFFERDAM_CGROUP names, unless --cgroup names one. */
int cli_cgroup_of_environment(struct plan *plan, struct error *err);

/* Overwrites the process's own environment, so that no secret stays readable in /proc/PID/environ. Called once the plan
 * holds copies of all variables that are passed on. */
void cli_wipe_environment(void);
