/* What became of `network: open`, for the report. */
#pragma once

#include "policy/plan.h"
#include "sandbox/outcome.h"

#include <jansson.h>

/* Adds "network" to the report and, where something was refused, "network" to its "denials". */
void report_network(json_t *report, const struct plan *plan, const struct outcome *outcome);
