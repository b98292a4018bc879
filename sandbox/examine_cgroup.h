/* The rows about cgroup v2. */
#pragma once

#include "policy/facts.h"
#include "sandbox/examine.h"

/* Adds a row for the delegated directory, and where there is one a row for each controller. What the profile does not
 * ask for may be missing. Looks again at what its limits need, as facts_look_for() does. */
void examine_cgroup(struct examination *exam, const char *profile, struct facts *facts, char **cgroup_parent);
