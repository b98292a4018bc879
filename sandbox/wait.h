/* Waits for a child of ours, but not for ever. */
#pragma once

#include "common/error.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Until one of the descriptors has what is asked of it, or has come to its end: true, and poll(2)'s revents say which.
 * False: `deadline_ns` (CLOCK_MONOTONIC) has passed. */
bool wait_ready(struct pollfd fds[], size_t n, int64_t deadline_ns);

/* Until the descriptor can be read: 0; or one of the signals that end a launcher has come, which all are blocked and
 * stay pending: its number. -1 with err: `limit_ns` (INT64_MAX: none) has passed (ETIMEDOUT), or it cannot wait. */
int wait_unless_ended(int fd, int64_t limit_ns, struct error *err);

/* Reaps the child, however long that takes; *status, where it is not NULL, is as waitpid(2) gives it. -1 with err: it
 * is no child of ours. */
int wait_reap(pid_t pid, int *status, struct error *err);

/* Reaps the child; *status is as waitpid(2) gives it. After limit_ns nanoseconds it is killed, reaped, and that is the
 * error. */
int wait_limited(pid_t pid, int64_t limit_ns, int *status, struct error *err);
