/* Loads the filter that policy/ compiled on the calling thread and all that it starts. seccomp(2).
 * Runs in: launcher, command */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* Loads the program. no_new_privs must be set. What comes after runs under the filter. A program that notifies needs
 * seccomp_apply() and is refused: without a listener all that it denies would be ENOSYS. */
int seccomp_install(const struct bpf_program *program, struct error *err);

/* Loads a program that notifies. no_new_privs must be set. Returns the listener, close-on-exec, or -1 with errno: EBUSY
 * when an outer filter has one. */
int seccomp_load_listener(const struct bpf_program *program);

/* Loads the plan's program. no_new_privs must be set. Last thing before exec: what comes after runs under the filter.
 * Where denials are to be named (plan_explains()), the launcher gets the filter's listener over `sock`; our own is
 * close-on-exec, as the kernel makes it. Where no listener is to be had, because an outer filter has one already
 * (EBUSY), and that may be (allow_degraded), the errnos come from the filter itself and the launcher is told. */
int seccomp_apply(
	const struct bpf_program *program, bool explain, unsigned allow_degraded, int sock, struct error *err);
