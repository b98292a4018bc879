/* Whether a change of ids has taken place: setgroups(2), setresgid(2) and setresuid(2) may have been answered and not
 * carried out, by a tracer or a filter around us. */
#pragma once

#include "common/error.h"

#include <stddef.h>
#include <sys/types.h>

/* Refuses by name what is not as it should be: each of the real, effective and saved ids, and the supplementary groups,
 * in any order. */
int ids_check(uid_t uid, gid_t gid, const gid_t *groups, size_t n_groups, struct error *err);
