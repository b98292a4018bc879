/* The job queue. All functions want the store's lock. */
#pragma once

#include "tests/hub/store.h"

#define JOB_LOG_MAX ((size_t)64 << 20)

/* Queues a job. `spec` is what POST /_hub/jobs takes, already checked: name, repository, workflow, labels, steps, env,
 * mask, context, outputs. */
struct job *job_add(struct store *store, json_t *spec);

struct job *job_find(struct store *store, int64_t id);
struct job *job_by_uuid(struct store *store, const char *job_id);
struct job *job_by_plan(struct store *store, const char *plan_id);
struct job *job_by_request(struct store *store, const char *request_id);

/* The oldest queued job that this idle runner may have: of its repository or owner, its labels all on the runner. */
struct job *job_for(struct store *store, const struct runner *runner);

/* queued -> offered; back to the queue; offered -> in progress. */
void job_offer(struct job *job, const struct runner *runner);
void job_withdraw(struct job *job);
void job_start(struct store *store, struct job *job);

/* Ends the job. `conclusion` in GitHub's words (success, failure, cancelled, skipped), `by` who said so: job, runner or
 * hub. An ephemeral runner that had acquired it is deregistered, unless the hub ended the job. */
void job_complete(struct store *store, struct job *job, const char *conclusion, const char *by);

/* Ends a job whose runner is lost, with the annotation that GitHub gives. */
void job_lose(struct store *store, struct job *job);

/* False when the log is full. */
bool job_append_log(struct job *job, const char *text, size_t len);

/* The same with the strings of a list, each a line; a full log loses its end. */
void job_append_lines(struct job *job, json_t *lines);

/* queued, in_progress, completed; and the reverse, -1 for any other word. */
const char *job_status_name(enum job_status status);
int job_status_from(const char *name);

/* The job as /_hub/jobs shows it. A new reference. */
json_t *job_json(const struct job *job);

void jobs_sweep(struct store *store);
void jobs_free(struct store *store);
