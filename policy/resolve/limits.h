/* Decides about the limits of a plan that this host cannot enforce. */
#pragma once

#include "common/error.h"
#include "policy/facts.h"
#include "policy/plan.h"

/* Every limit has its controller and, if it is a rate, its devices (plan->limits.devices), or is missing by consent
 * (plan->degraded). Otherwise -1 with err, which names all limits that are refused. */
int limits_resolve(struct plan *plan, const struct facts *facts, struct error *err);
