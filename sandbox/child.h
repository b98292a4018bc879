/* Runs the child of clone3(2), from its first instruction to PID 1.
 * Runs in: child */
#pragma once

#include "policy/plan.h"
#include "sandbox/process/stdio.h"
#include "sandbox/root/mirror_store.h"

/* Sets up everything inside and becomes PID 1 of the sandbox. `mirrors` is the generation of shared mirrors that the
 * launcher holds, if any. `in_leaf`: it is in a cgroup of the job's own. Reports over
 * `sock`; does not return. */
void child_run(const struct plan *plan, const struct stdio *stdio, const struct mirror_store *mirrors, bool in_leaf,
	int sock) __attribute__((noreturn));
