/* What the service tells a runner beside its jobs, when a test asks for it (actions/runner src/Sdk/DTWebApi/WebApi:
 * RunnerRefreshMessage.cs, RunnerRefreshConfigMessage.cs, TaskAgentMessageTypes.cs). All functions want the store's
 * lock. */
#pragma once

#include "tests/hub/call.h"

/* Handler of POST /_hub/runners/NAME/messages: queues a message for the runner's next poll. */
void notices_post(struct call *call);

/* The oldest message for the runner, {"type", "body"}, which is then no longer queued. NULL: none. The caller
 * releases. */
json_t *notices_next(struct runner *runner);
