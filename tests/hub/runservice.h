/* The run service: a job from its acquisition to its end (facts 1.d.5).
 * Handlers of routes.c: called with the lock held, they set the call's answer. */
#pragma once

#include "tests/hub/call.h"

/* Makes the job's own token: a JWT, since the Worker reads the scopes in it. Lock held. Owned by the store. */
const char *run_job_token(struct store *store, const struct job *job);

/* GitHub's word for a TaskResult, given by its name or its number; NULL when it is neither. */
const char *run_conclusion(const json_t *value);

void run_acquire(struct call *call);
void run_renew(struct call *call);
void run_complete(struct call *call);
