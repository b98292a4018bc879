/* Looks at the host for what a plan depends on. */
#pragma once

#include "common/error.h"
#include "policy/facts.h"

/* Fills `facts`; the caller frees *cgroup_parent (may be NULL), the directory for cgroup_create(). */
int facts_look(struct facts *facts, char **cgroup_parent, struct error *err);
