/* The Listener's main loop: polls for messages while a job may run. */
#pragma once

#include "common/error.h"
#include "tests/standin/listener/job.h"
#include "tests/standin/listener/session.h"

#include <stdbool.h>

/* Why the loop ended. */
struct listen_end {
	enum session_state state; /* SESSION_DELETED or SESSION_OUTDATED end it; otherwise SESSION_OK */
	bool job_done;            /* after the one job */
	enum task_result result;  /* of that job */
	struct error err;
};

/* Runs until a signal, the loss of the registration or (with `once`) the end of a job. After SIGTERM it waits no more
 * than thirty seconds for the Worker, after SIGINT for ever. */
void listen_for_jobs(struct session *session, bool once, struct listen_end *end);
