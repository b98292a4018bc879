/* Sets two process flags that are invisible from outside: not dumpable, and to die with the parent.
 * Runs in: launcher, child, PID 1, command */
#pragma once

#include "common/error.h"

#include <stdbool.h>

/* PR_SET_DUMPABLE 0: neither memory nor descriptors nor environ of this process are for others to look at
 * (CVE-2016-8659). With `verify` it reads the flag back, and refuses by name a call that had no effect. */
int process_flags_hide(bool verify, struct error *err);

/* PR_SET_PDEATHSIG SIGKILL, likewise. Whether the parent lives still is for the caller to see. */
int process_flags_die_with_parent(bool verify, struct error *err);
