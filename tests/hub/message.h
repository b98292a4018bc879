/* The job message: what acquirejob answers and the Worker reads. */
#pragma once

#include "tests/hub/store.h"

/* The AgentJobRequestMessage of a job whose own token is `token` (facts 1.d.7). A new reference. */
json_t *message_json(const struct store *store, const struct job *job, const char *token);
