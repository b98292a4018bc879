/* Inspects what could prevent a sandbox from outside, for `doctor` and for a launch that failed.
 *
 * Every system call of the set-up is tried in a form without effect, the namespaces are made, and the kernel's
 * switches are read.
 * Runs in: launcher, helper */
#pragma once

#include "common/error.h"
#include "sandbox/doctor/host.h"

/* Fills all of `facts`. What is tried is tried in children of ours, which are gone when it returns. Takes a few
 * milliseconds. */
void host_detect(struct host_facts *facts);

/* Of a launch that failed: when something around us explains it, the hint says what and how to lift it. */
void host_blame(struct error *err);
