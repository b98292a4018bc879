/* The messages of the Listener, received by a thread of their own; and what wakes the main thread. */
#pragma once

#include "common/error.h"

#include <stdint.h>

/* Starts to receive on `fd`, which is left inheritable: steps inherit it, as from the official Worker. SIGTERM counts
 * as a shutdown message, SIGINT is swallowed, SIGCHLD wakes. */
int channel_start(int fd, struct error *err);

/* Waits for the first message, which must be a job: its JSON text, owned by the caller. NULL after `timeout_ms`, or
 * when another message or none of the right form came. */
char *channel_job(int64_t timeout_ms, struct error *err);

/* 0, or the frame type (cancel, shutdown) that ends the job; the gravest that came. */
int channel_request(void);

/* Waits until something happens: a message, the end of a child, input on `fd` (or -1), or `timeout_ms` passed. */
void channel_wait(int fd, int64_t timeout_ms);
