/* Examines whether a layer can lie on disk.
 * Runs in: launcher */
#pragma once

#include "policy/plan.h"
#include "sandbox/doctor/examination.h"

/* `root` is resolved. Adds one row. */
void examine_layer(struct examination *exam, const struct plan_root *root);
