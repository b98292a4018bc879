/* Denied system calls, for people and for the report. */
#pragma once

#include "policy/plan.h"
#include "sandbox/outcome/outcome.h"

#include <jansson.h>

/* Prints a line for each kind of denial on standard error, and what a status of 126, 127 or SIGSYS may mean. */
void denials_print(const struct plan *plan, const struct outcome *outcome);

/* Returns {"seccomp": [{"syscall", "arguments", "process", "pid", "errno", "rule", "why", "count"}], "kernel": […
 * "cause" …], "more", "unwatched", "killed"}. "seccomp" is null if denials were not recorded, "kernel" if what the
 * filter allows was not looked at. */
json_t *denials_json(const struct plan *plan, const struct outcome *outcome);
