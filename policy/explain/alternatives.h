/* Rewrites conditions on one argument that must all hold as alternatives of which one suffices.
 *
 * OCI's form reads several conditions on one argument as alternatives, and has no "not in". Internal to
 * policy/explain/.
 */
#pragma once

#include "policy/seccomp/rules.h"

#define ALTERNATIVES_MAX 512

/* Fills `out` with MASKED_EQ conditions that hold for exactly the values for which all of `conds` hold; those all have
 * one index. Returns how many, 0 when nothing can hold, or -1 when it would be more than ALTERNATIVES_MAX. */
int seccomp_alternatives(const struct seccomp_cond *conds, size_t n_conds, struct seccomp_cond out[ALTERNATIVES_MAX]);
