/* Examines cgroup v2: delegation and controllers.
 * Runs in: launcher */
#pragma once

#include "policy/facts.h"
#include "sandbox/doctor/examination.h"

/* Adds a row for the delegated directory, and where there is one a row for each controller. What the launch does not
 * ask for may be missing. Looks again at what its limits need: facts_detect_cgroup(),
 * block_devices_detect(). */
void examine_cgroup(struct examination *exam, const struct plan *plan, struct facts *facts, char **cgroup_parent);
