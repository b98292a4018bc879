#include "tests/standin/listener/job.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/listener/signals.h"
#include "tests/standin/listener/terminal.h"
#include "tests/standin/shared/clock.h"
#include "tests/standin/shared/fields.h"

#include <string.h>

/* Of a call of the run service; the official one waits 5 to 15 s before the next. */
#define TRIES 5
#define RETRY_MS 5000

const char *job_result_name(enum task_result result)
{
	static const char *const names[] = {
		"Succeeded", "SucceededWithIssues", "Failed", "Canceled", "Skipped", "Abandoned"};

	return names[result];
}

int64_t job_kill_after_ms(const char *timeout)
{
	int64_t seconds = 300;
	int days = 0, hours, minutes, rest;

	if (timeout != NULL && (sscanf(timeout, "%d.%d:%d:%d", &days, &hours, &minutes, &rest) == 4 ||
				       (days = 0, sscanf(timeout, "%d:%d:%d", &hours, &minutes, &rest) == 3)))
		seconds = (((int64_t)days * 24 + hours) * 60 + minutes) * 60 + rest;
	if (seconds < 60)
		seconds = 60;
	return clock_env_ms("STANDIN_KILL_FLOOR_SECONDS", (seconds - 15) * 1000);
}

static char *copy(const json_t *object, const char *name)
{
	const char *text = field_text(object, name);

	return text == NULL ? NULL : strdup(text);
}

/* The endpoint SystemVssConnection of the job message: where the job reports, and its own token. */
static int read_connection(struct job *job, const json_t *message, struct error *err)
{
	json_t *endpoint;
	size_t i;

	json_array_foreach (field_at(message, "resources.endpoints"), i, endpoint) {
		const char *name = field_text(endpoint, "name");
		const char *token = field_text(field_at(endpoint, "authorization.parameters"), "AccessToken");

		if (name == NULL || strcasecmp(name, "SystemVssConnection") != 0 || token == NULL)
			continue;
		job->url = copy(endpoint, "url");
		job->authorization = format("Bearer %s", token);
	}
	if (job->url == NULL || job->authorization == NULL)
		return error_set(err, 0, "job message: no SystemVssConnection with url and AccessToken");
	while (*job->url != '\0' && job->url[strlen(job->url) - 1] == '/')
		job->url[strlen(job->url) - 1] = '\0';
	return 0;
}

static int read_message(struct job *job, const json_t *message, struct error *err)
{
	job->id = copy(message, "jobId");
	job->name = copy(message, "jobDisplayName");
	job->plan_id = copy(field(message, "plan"), "planId");
	job->message = json_dumps(message, JSON_COMPACT);
	if (job->id == NULL || job->name == NULL || job->plan_id == NULL || job->message == NULL)
		return error_set(err, 0, "job message: jobId, jobDisplayName or plan.planId is missing");
	return read_connection(job, message, err);
}

/* A call of the run service: tried again, but not when the answer says that the job is gone, another's, or none. */
static int call(const struct http_request *request, json_t **result, long *status, struct error *err)
{
	for (int tries = 1;; tries++) {
		int rc = http_json(request, result, status, err);

		if (rc == 0 || *status == 404 || *status == 409 || *status == 422 || tries == TRIES)
			return rc;
		terminal_log("%s", err->text);
		if (signals_sleep(RETRY_MS))
			return rc;
	}
}

struct job *job_acquire(struct session *session, const json_t *offer, struct error *err)
{
	const char *base = field_text(offer, "run_service_url");
	const char *request_id = field_text(offer, "runner_request_id");
	const char *billing = field_text(offer, "billing_owner_id");
	_cleanup_(freep) char *body = NULL, *url = NULL;
	json_t *object, *message = NULL;
	struct job *job;
	long status;
	int rc;

	if (base == NULL || request_id == NULL) {
		error_set(err, 0, "RunnerJobRequest: run_service_url or runner_request_id is missing");
		return NULL;
	}
	object = json_pack("{s:s, s:s, s:s}", "jobMessageId", request_id, "runnerOS", "Linux", "billingOwnerId",
		billing == NULL ? "" : billing);
	body = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	url = format("%s%sacquirejob", base, *base != '\0' && base[strlen(base) - 1] == '/' ? "" : "/");
	struct http_request request = {"POST", url, session->authorization, NULL, body, 60, NULL};

	if (call(&request, &message, &status, err) < 0)
		return NULL;
	job = calloc(1, sizeof *job);
	rc = job == NULL ? error_set(err, ENOMEM, "job") : read_message(job, message, err);
	json_decref(message);
	if (rc < 0) {
		job_free(job);
		return NULL;
	}
	return job;
}

/* renewjob; false when the job is gone (404) or the first renewal failed. */
static bool renew(struct job *job)
{
	_cleanup_(freep) char *url = format("%s/renewjob", job->url);
	json_t *object = json_pack("{s:s, s:s}", "planId", job->plan_id, "jobId", job->id);
	_cleanup_(freep) char *body = json_dumps(object, JSON_COMPACT);
	struct http_request request = {"POST", url, job->authorization, NULL, body, 30, NULL};
	bool first = job->renew_at_ms == 0;
	struct error err;
	long status;
	int rc;

	json_decref(object);
	rc = first ? call(&request, NULL, &status, &err) : http_json(&request, NULL, &status, &err);
	if (rc < 0)
		terminal_log("renewjob: %s", err.text);
	job->renew_at_ms = clock_ms() + clock_env_ms("STANDIN_RENEW_SECONDS", 60000);
	return rc == 0 || (!first && status != 404);
}

int job_start(struct job *job, const char *bin, struct error *err)
{
	int rc;

	if (!renew(job))
		return error_set(err, 0, "renewjob: job %s is no longer ours", job->id);
	if (worker_spawn(&job->worker, bin, err) < 0)
		return -1;
	rc = worker_send(&job->worker, FRAME_NEW_JOB, job->message, err);
	explicit_bzero(job->message, strlen(job->message));
	freep(&job->message);
	if (rc < 0) {
		/* As in the official one: the job has not run at all, so no result is set at the server. */
		terminal_log("send job: %s", err->text);
		worker_kill(&job->worker);
		job->unsent = true;
	}
	return 0;
}

void job_end(struct job *job, enum frame_type type, enum task_result result, int64_t kill_after_ms)
{
	struct error err;

	if (job->ended_by_us || job->worker.exited)
		return;
	job->ended_by_us = true;
	job->result = result;
	terminal_log("message %d to the worker of job %s", type, job->id);
	if (worker_send(&job->worker, type, "", &err) < 0) {
		terminal_log("send message: %s", err.text);
		worker_kill(&job->worker);
	}
	if (kill_after_ms > 0)
		job->kill_at_ms = clock_ms() + kill_after_ms;
}

/* The Worker crashed: the Listener completes the job in its place. */
static void report_crash(struct job *job)
{
	_cleanup_(freep) char *url = format("%s/completejob", job->url);
	const char *said = job->worker.crash_used > 0 ? job->worker.crash : "The worker ended without a word.";
	json_t *object = json_pack("{s:s, s:s, s:s, s:{}, s:[], s:[{s:s, s:o}]}", "planId", job->plan_id, "jobId",
		job->id, "conclusion", "failed", "outputs", "stepResults", "annotations", "level", "failure", "message",
		json_stringn_nocheck(said, strlen(said)));
	_cleanup_(freep) char *body = json_dumps(object, JSON_COMPACT);
	struct http_request request = {"POST", url, job->authorization, NULL, body, 60, NULL};
	struct error err;
	long status;

	json_decref(object);
	if (call(&request, NULL, &status, &err) < 0)
		terminal_error(err.text);
}

bool job_finished(struct job *job)
{
	int64_t now = clock_ms();

	if (!worker_finished(&job->worker)) {
		if (job->renew_at_ms <= now && !job->ended_by_us && !renew(job))
			job_end(job, FRAME_CANCEL, RESULT_ABANDONED, 0);
		else if (job->renew_at_ms <= now)
			renew(job);
		if (job->kill_at_ms != 0 && job->kill_at_ms <= now) {
			terminal_log("job %s: the worker did not end in time, killed", job->id);
			job->kill_at_ms = 0;
			worker_kill(&job->worker);
		}
		return false;
	}
	if (job->unsent) {
		job->result = RESULT_FAILED;
	} else if (!job->ended_by_us) {
		bool crashed = job->worker.code < 100 || job->worker.code > 100 + RESULT_ABANDONED;

		job->result = crashed ? RESULT_FAILED : (enum task_result)(job->worker.code - 100);
		if (crashed)
			report_crash(job);
	}
	return true;
}

int64_t job_next_ms(const struct job *job)
{
	int64_t next = job->renew_at_ms;

	if (job->kill_at_ms != 0 && job->kill_at_ms < next)
		next = job->kill_at_ms;
	if (job->worker.exited && job->worker.outputs_until_ms < next)
		next = job->worker.outputs_until_ms;
	return next;
}

void job_free(struct job *job)
{
	if (job == NULL)
		return;
	if (job->worker.pid > 0)
		worker_free(&job->worker);
	free(job->id);
	free(job->name);
	free(job->plan_id);
	free(job->url);
	free(job->authorization);
	free(job->message);
	free(job);
}
