/* A policy as a document again, in either form. Both say the same of every call on every architecture: names of others,
 * conditions on capabilities and kernels, and comments are kept; what a policy extends is written out. */
#pragma once

#include "common/error.h"
#include "policy/seccomp.h"

#include <jansson.h>

/* OCI's form, as runc, crun, Docker and podman read it. A rule that it has no words for (an argument that is "not in" a
 * list) becomes the alternatives that it stands for. NULL with an error when that would be too many. */
json_t *seccomp_print_oci(const struct seccomp_policy *policy, struct error *err);

/* Our own form. NULL when memory ran out. */
json_t *seccomp_print_form(const struct seccomp_policy *policy, struct error *err);
