/* Compares a compiled filter with the rules it was compiled from. */
#pragma once

#include "policy/seccomp/seccomp.h"

/* Runs the program on calls around what the policy speaks of: every number, as native, x32 and foreign; every value
 * that a condition compares with, and its neighbours. -1 where it answers one of them otherwise than the rules, read
 * directly, do: such a policy is to be refused. For seccomp_policy_compile()'s programs, not for those with a listener.
 */
int seccomp_policy_crosscheck(
	const struct seccomp_policy *policy, const struct bpf_program *program, struct error *err);
