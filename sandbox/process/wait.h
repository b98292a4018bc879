/* Waits for a child, for a bounded time.
 * Runs in: launcher, PID 1, supervisor */
#pragma once

#include "common/error.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Until one of the descriptors has what is asked of it, or has come to its end: true, and poll(2)'s revents say which.
 * False: `deadline_ns` (CLOCK_MONOTONIC) has passed. */
bool wait_ready(struct pollfd fds[], size_t n, int64_t deadline_ns);

/* Until the descriptor has what is asked of it: 0; or one of the signals that end a launcher has come, which all are
 * blocked and stay pending: its number. -1 with err: `limit_ns` (INT64_MAX: none) has passed (ETIMEDOUT), or it cannot
 * wait. */
int wait_unless_ended(int fd, short events, int64_t limit_ns, struct error *err);

/* Reaps the child, however long that takes; *status, where it is not NULL, is as waitpid(2) gives it. -1 with err: it
 * is no child of ours. */
int wait_reap(pid_t pid, int *status, struct error *err);

/* Kills the child and reaps it. One that the kernel keeps from ending (a file system that does not answer) is left
 * after a few seconds: it does nothing of its own any more. */
void wait_killed(pid_t pid);

/* Reaps the child; *status is as waitpid(2) gives it. After limit_ns nanoseconds wait_killed() follows, and that is the
 * error. */
int wait_limited(pid_t pid, int64_t limit_ns, int *status, struct error *err);

/* What a child of ours, which ends then, says in one write(2): `size` bytes from `fd`. 0: reaped. -1 with err: it ended
 * without, `limit_ns` have passed, or `grace_ns` since a signal that wait_unless_ended() hears; it has been killed. */
int wait_for_word(pid_t pid, int fd, void *word, size_t size, int64_t limit_ns, int64_t grace_ns, struct error *err);
