/* Reads one element of OCI's syscalls[]: names, action, conditions. Internal to policy/seccomp/. */
#pragma once

#include "policy/seccomp/fields.h"

/* Reads it. What has been allocated is in *rule, also after a failure. */
int read_rule(struct parser *p, const char *pointer, const json_t *value, struct seccomp_rule *rule);
