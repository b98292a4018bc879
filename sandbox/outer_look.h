/* Looks at what around us could stop a sandbox: tries every system call that set-up needs in a form that changes
 * nothing, makes the namespaces, reads the kernel's switches. For `doctor`, and for a launch that failed. */
#pragma once

#include "common/error.h"
#include "policy/outer.h"

/* Fills all of `facts`. What is tried is tried in children of ours, which are gone when it returns. Takes a few
 * milliseconds. */
void outer_look(struct outer_facts *facts);

/* Of a launch that failed: when something around us explains it, the hint says what and how to lift it. */
void outer_blame(struct error *err);
