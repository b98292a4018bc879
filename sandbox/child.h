/* The child of clone3(2), from its first instruction to PID 1. */
#pragma once

#include "policy/plan.h"
#include "sandbox/stdio.h"

/* Sets up everything inside and becomes PID 1 of the sandbox. Reports over `sock`; does not return. */
void child_run(const struct plan *plan, const struct stdio *stdio, int sock) __attribute__((noreturn));
