/* The report of one run: JSON, `--report FILE`. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/outcome.h"

/* Writes the report to plan->report: "-" is standard output, a path is replaced atomically. `failure` is the text of
 * what kept the launcher from running the command, or NULL. */
int report_write(const struct plan *plan, const struct outcome *outcome, const char *failure, struct error *err);
