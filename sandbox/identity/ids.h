/* Verifies that a change of ids took effect.
 * A tracer or an outer filter may answer setgroups(2), setresgid(2) or setresuid(2) without carrying the call out.
 * Runs in: launcher, child, PID 1, helper */
#pragma once

#include "common/error.h"

#include <stddef.h>
#include <sys/types.h>

/* Refuses by name what is not as it should be: each of the real, effective and saved ids, and the supplementary groups,
 * in any order. */
int ids_check(uid_t uid, gid_t gid, const gid_t *groups, size_t n_groups, struct error *err);
