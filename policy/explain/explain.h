/* Prints a policy in words. */
#pragma once

#include "common/error.h"
#include "policy/seccomp/seccomp.h"

#include <stdio.h>

/* The whole policy: what each architecture gets, the groups with their counts, every rule on arguments, with the place
 * and the reason of each. */
void seccomp_explain(const struct seccomp_policy *policy, FILE *out);

/* What it says of one system call: the rules that are asked, in order. -1 for a name that nothing knows. */
int seccomp_explain_call(const struct seccomp_policy *policy, const char *name, FILE *out, struct error *err);
