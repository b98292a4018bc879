/* Removes the cgroups that a killed launcher leaves behind. cgroups(7)
 *
 * These are "cofferdam-ID" and that of its helpers, beside our own cgroup or below it, where `cofferdam run` creates
 * them (sandbox/cgroup/cgroup.h). */
#pragma once

#include <jansson.h>

/* Kills the processes in the leaf cgroups of the sandbox `id`, waits for their end and removes the cgroups. Adds
 * "cgroup PATH" to `residue` for a cgroup that cannot be removed. Usually there is none. */
void cgroup_leaf_remove(const char *id, json_t *residue);
