/* What a poll for messages gets, in both flows. Wants the store's lock. */
#pragma once

#include "tests/hub/store.h"

/* The next message for this runner, {"type", "body"}: a cancellation, a notice, or with `wants_job` a job, which is
 * then offered. NULL: none. The caller releases. */
json_t *delivery_next(struct store *store, struct runner *runner, bool wants_job);
