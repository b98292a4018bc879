/* The command itself: the last steps before it, and execve(2). */
#pragma once

#include "policy/plan.h"

/* In the process that becomes the command. Capabilities are gone by now. Does not return: on failure it sends a
 * MESSAGE_FAILED with status 125 (set-up), 126 (cannot be executed) or 127 (not found) over `sock` and exits. */
void payload_run(const struct plan *plan, int sock) __attribute__((noreturn));
