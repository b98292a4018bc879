/* Waits for a message to a runner, in both flows. */
#pragma once

#include "tests/hub/call.h"
#include "tests/hub/store.h"

#include <stdbool.h>

/* The runner whose session the call names, or NULL with the answer set. */
typedef struct runner *poll_runner(struct call *call);

/* Answers with the next message, where there is one: true. */
typedef bool poll_deliver(struct call *call, struct runner *runner, bool wants_job);

/* Answers a poll: with a message as soon as there is one, or "accepted" when none has come in time. Wants the store's
 * lock. */
void poll_message(struct call *call, poll_runner *find, poll_deliver *deliver);
