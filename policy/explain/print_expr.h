/* Prints conditions in our own form of policies (policy/seccomp/expr.h). */
#pragma once

#include "policy/seccomp/rules.h"

/* Writes one condition as a term that expr_parse() reads as the same condition. */
void expr_print_cond(const char *syscall, const struct seccomp_cond *cond, char *text, size_t size);
