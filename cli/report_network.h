/* The state and the denials of `network: open`, for people and for the report. */
#pragma once

#include "policy/plan.h"
#include "sandbox/outcome/outcome.h"

#include <jansson.h>

/* Adds "network" to the report and, if something was refused, "network" to its "denials". */
void report_network(json_t *report, const struct plan *plan, const struct outcome *outcome);

/* Prints on standard error a line for each of the first refused destinations, and one line for the rest. */
void network_denials_print(const struct outcome *outcome);
