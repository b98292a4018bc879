/* Waits for a child of ours, but not for ever. */
#pragma once

#include "common/error.h"

#include <stdint.h>
#include <sys/types.h>

/* Reaps the child; *status is as waitpid(2) gives it. After limit_ns nanoseconds it is killed, reaped, and that is the
 * error. */
int wait_limited(pid_t pid, int64_t limit_ns, int *status, struct error *err);
