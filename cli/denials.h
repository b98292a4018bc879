/* What was denied, for people and for the report. */
#pragma once

#include "policy/plan.h"
#include "sandbox/outcome.h"

#include <jansson.h>

/* One line for each kind of denial on standard error, and what a status of 126, 127 or SIGSYS may mean. */
void denials_print(const struct plan *plan, const struct outcome *outcome);

/* {"seccomp": [{"syscall", "arguments", "process", "pid", "errno", "rule", "why",
 * "count"}], "more", "killed"}; "seccomp" is
 * null where denials were not named. */
json_t *denials_json(const struct plan *plan, const struct outcome *outcome);
