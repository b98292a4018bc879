/* The results service: where a Worker says how its steps go and gets the URLs for their logs (Twirp, JSON in snake
 * case; actions/runner src/Sdk/WebApi/WebApi/ResultsHttpClient.cs). Handlers, and what the control interface shows of
 * it. */
#pragma once

#include "tests/hub/call.h"

#define RECEIVER "/results/twirp/results.services.receiver.Receiver/"
#define STEP_UPDATES "/results/twirp/github.actions.results.api.v1.WorkflowStepUpdateService/"

/* The running job of the request, which must be the caller's own; *step (where one is wanted): the step that it names.
 * NULL with the answer set. */
struct job *results_job(struct call *call, const char **step);

/* Answers with one of Twirp's errors (twitchtv.github.io/twirp/docs/spec_v7.html). */
void results_refuse(struct call *call, unsigned int status, const char *code, const char *message);

/* Whether all of the blob is there: as many bytes as `member` of the request says. False with the answer set. */
bool results_uploaded(struct call *call, const struct blob *blob, const char *member);

void results_step_logs_url(struct call *call);
void results_step_logs_done(struct call *call);
void results_step_summary_url(struct call *call);
void results_step_summary_done(struct call *call);
void results_job_logs_url(struct call *call);
void results_job_logs_done(struct call *call);
void results_diag_logs_url(struct call *call);
void results_steps_update(struct call *call);

/* Takes in what the job says of a step, which has an "external_id". Consumes it. */
void results_keep_step(struct job *job, json_t *update);

/* The steps as the job has reported them, each with its `log` and `summary` (null: not uploaded). A new reference. */
json_t *results_steps(const struct store *store, const struct job *job);
