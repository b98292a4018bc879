/* The cgroup that a killed launcher leaves behind: "cofferdam-ID", beside our own cgroup or below it, which is where
 * `cofferdam run` makes them (sandbox/cgroup.h). cgroups(7). */
#pragma once

#include <jansson.h>

/* Kills what is in the leaf of the sandbox `id`, waits for its end and removes it. Adds "cgroup PATH" to `residue` when
 * it will not go. Nothing there is the usual case. */
void cgroup_leaf_remove(const char *id, json_t *residue);
