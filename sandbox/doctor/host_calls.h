/* Tries system calls without effect, to learn whether the kernel or an outer filter answers.
 * The kernel complains about the arguments; a seccomp filter before it does not look at them.
 * Runs in: launcher, helper */
#pragma once

#include "sandbox/doctor/host.h"

/* Tries each call in a child of its own (a filter may kill). Fills results[0 … HOST_CALLS): 0, an errno, or
 * HOST_NOT_TRIED for those that only host_calls_privileged() can tell. */
void host_calls_plain(int results[HOST_CALLS]);

/* Tries the calls that the kernel refuses without a capability, in this process, which holds all of them in a user
 * namespace. Fills results[HOST_FSOPEN … HOST_CALLS), leaves the others alone. */
void host_calls_privileged(int results[HOST_CALLS]);
