/* Protects the memory of a launcher's cgroup, and removes those that a killed launcher leaves behind. cgroups(7)
 *
 * These are "cofferdam-ID" and that of its helpers, beside our own cgroup or below it, where `cofferdam run` creates
 * them (sandbox/cgroup/cgroup.h). */
#pragma once

#include "common/error.h"

#include <jansson.h>
#include <stdint.h>

/* Kills the processes in the leaf cgroups of the sandbox `id`, waits for their end and removes the cgroups. Adds
 * "cgroup PATH" to `residue` for a cgroup that cannot be removed. Usually there is none. */
void cgroup_leaf_remove(const char *id, json_t *residue);

/* The path of the leaf of the sandbox `id`, which the caller frees; NULL if it has none. */
char *cgroup_leaf_find(const char *id);

/* Makes the kernel take no memory from the leaf of the sandbox `id` while it uses `bytes` at most, when others in the
 * cgroup around it want more than that one may have (memory.min). What a cgroup further out may have is not ours to
 * share out. -1, with the reason: no leaf, or one without that. */
int cgroup_leaf_protect(const char *id, uint64_t bytes, struct error *err);

/* The same for the leaf at `path`. */
int cgroup_leaf_protect_at(const char *path, uint64_t bytes, struct error *err);
