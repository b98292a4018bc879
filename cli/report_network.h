/* What became of `network: open`, for the report. */
#pragma once

#include "policy/plan.h"
#include "sandbox/outcome.h"

#include <jansson.h>

/* Adds "network" to the report and, where something was refused, "network" to its "denials". */
void report_network(json_t *report, const struct plan *plan, const struct outcome *outcome);

/* On standard error: a line for each of the first destinations that were refused, and one for the rest. */
void network_denials_print(const struct outcome *outcome);
