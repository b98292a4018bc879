/* Decides where layers on disk lie. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* Sets plan->root.layers to the caller's directory for them, which no job is shown, whether this one has such a layer
 * or not: $COFFERDAM_LAYERS, or cofferdam/layers in the caller's cache; NULL if no variable names one. Refuses `layer:
 * disk` without a layer, without that directory, and where the two would contain each other. `environment` may be NULL;
 * the mount table is complete. */
int layers_resolve(struct plan *plan, char *const *environment, struct error *err);
