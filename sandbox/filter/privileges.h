/* Says which privileges a program or a process does not get: set-user-ID, file capabilities, securebits.
 * Runs in: launcher */
#pragma once

#include "policy/plan.h"
#include "sandbox/outcome/denials.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether the file (O_PATH) is marked with privileges that no_new_privs and its mount's nosuid withhold from who
 * executes it: then the denial is filled. execve(2), capabilities(7). */
bool privileges_are_marked(int fd, const struct plan_identity *identity, struct denial *denial);

/* Whether prctl(2) with these arguments is refused to a process of the job: then the denial is filled. */
bool privileges_are_locked(
	const __u64 *args, int securebits, const struct plan_identity *identity, struct denial *denial);
