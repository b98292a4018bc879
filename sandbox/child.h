/* Runs the child of clone3(2), from its first instruction to PID 1.
 * Runs in: child */
#pragma once

#include "policy/plan.h"
#include "sandbox/process/stdio.h"
#include "sandbox/root/layers.h"

/* Sets up everything inside and becomes PID 1 of the sandbox. `given`: what the launcher holds for the layers.
 * `in_leaf`: it is in a cgroup of the job's own. Reports over `sock`; does not return. */
void child_run(const struct plan *plan, const struct stdio *stdio, const struct layers_given *given, bool in_leaf,
	int sock) __attribute__((noreturn));
