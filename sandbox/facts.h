/* Looks at the host for what a plan depends on. */
#pragma once

#include "policy/facts.h"

/* Fills `facts`; the caller frees *cgroup_parent (may be NULL), the directory for cgroup_create(). */
void facts_look(struct facts *facts, char **cgroup_parent);
