/* System calls in a form that changes nothing, to see who answers: the kernel, which complains about the arguments, or
 * a seccomp filter in front of it, which does not look at them. */
#pragma once

#include "policy/outer.h"

/* Tries each call in a child of its own (a filter may kill). Fills results[0 … OUTER_CALLS): 0, an errno, or
 * OUTER_NOT_TRIED for those that only outer_calls_privileged() can tell. */
void outer_calls_plain(int results[OUTER_CALLS]);

/* Tries the calls that the kernel refuses without a capability, in this process, which holds all of them in a user
 * namespace. Fills results[OUTER_FSOPEN … OUTER_CALLS), leaves the others alone. */
void outer_calls_privileged(int results[OUTER_CALLS]);
