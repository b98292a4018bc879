/* One job, from the broker's message to its end: acquire, start the Worker, renew, cancel, complete. */
#pragma once

#include "common/error.h"
#include "tests/standin/listener/session.h"
#include "tests/standin/listener/worker_process.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* The values of the official TaskResult: 100 + value is the Worker's exit code. */
enum task_result {
	RESULT_SUCCEEDED,
	RESULT_SUCCEEDED_WITH_ISSUES,
	RESULT_FAILED,
	RESULT_CANCELED,
	RESULT_SKIPPED,
	RESULT_ABANDONED,
};

struct job {
	char *id;
	char *name;
	char *plan_id;
	char *url;           /* the run service, as the job itself names it */
	char *authorization; /* "Bearer <the job's own token>" */
	char *message;       /* the job message as it came; freed once it is sent */
	struct worker_process worker;
	bool ended_by_us; /* cancelled, abandoned or shut down: the result is then ours, not the exit code's */
	bool unsent;      /* the Worker never got the message: nothing is reported */
	enum task_result result;
	int64_t renew_at_ms; /* 0: no more */
	int64_t kill_at_ms;  /* 0: never */
};

/* Takes the job that a RunnerJobRequest offers. NULL when it cannot be had; `err` says why. */
struct job *job_acquire(struct session *session, const json_t *offer, struct error *err);

/* Renews the lock for the first time, starts the Worker and sends it the job. < 0 when there is no Worker. */
int job_start(struct job *job, const char *bin, struct error *err);

/* Sends a message that ends the job; `kill_after_ms` 0 means that the Worker may take its time. Only the first counts.
 */
void job_end(struct job *job, enum frame_type type, enum task_result result, int64_t kill_after_ms);

/* Does what is due now. True when the Worker is gone; job->result is then set, and the job reported where that is the
 * Listener's duty (after a crash of the Worker). */
bool job_finished(struct job *job);

/* When job_finished() has to be asked again at the latest, in clock_ms(). */
int64_t job_next_ms(const struct job *job);

/* From "[d.]hh:mm:ss" to the time after which the Worker is killed: max(60 s, timeout) - 15 s. The environment variable
 * STANDIN_KILL_FLOOR_SECONDS replaces the result. */
int64_t job_kill_after_ms(const char *timeout);

const char *job_result_name(enum task_result result);

void job_free(struct job *job);
