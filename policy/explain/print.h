/* Prints a policy as a document, in either form.
 *
 * Both forms decide alike on every call of every architecture. Names of other architectures, conditions on capabilities
 * and kernels, and comments are kept; policies that it extends are written out. Implemented in policy/explain/print.c
 * and policy/explain/print_form.c. */
#pragma once

#include "common/error.h"
#include "policy/seccomp/seccomp.h"

#include <jansson.h>

/* OCI's form, as runc, crun, Docker and podman read it. A rule that it has no words for (an argument that is "not in" a
 * list) becomes the alternatives that it stands for. NULL with an error when that would be too many. */
json_t *seccomp_print_oci(const struct seccomp_policy *policy, struct error *err);

/* Our own form. NULL when memory ran out. */
json_t *seccomp_print_form(const struct seccomp_policy *policy, struct error *err);

struct seccomp_rule;

/* The rule at that place, but for the calls that an earlier rule has decided in any case: those are dead, and a
 * document in which they contradict it is refused. False when nothing is left. The caller frees live->names, and
 * nothing else of it. */
bool seccomp_live_rule(const struct seccomp_policy *policy, size_t at, struct seccomp_rule *live);
