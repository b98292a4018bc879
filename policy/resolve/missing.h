/* What this host lacks for a plan: consented to in allow_degraded, or refused with an error that names the consent. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

#include <stdbool.h>

/* Whether it may be missing: notes it in plan->degraded, or else in plan->refused. */
bool missing_is_accepted(struct plan *plan, enum plan_degradable what);

/* Sets the hint "REMEDY; or accept its absence with …"; `refused` has bits 1 << enum plan_degradable. REMEDY may be "".
 * Always -1. */
int missing_hint(unsigned refused, const char *remedy, struct error *err);
