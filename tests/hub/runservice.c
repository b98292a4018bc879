#include "tests/hub/runservice.h"

#include "common/cleanup.h"
#include "tests/hub/clock.h"
#include "tests/hub/jobs.h"
#include "tests/hub/jwt.h"
#include "tests/hub/memory.h"
#include "tests/hub/message.h"
#include "tests/hub/runners.h"
#include "tests/hub/tokens.h"

#include "common/io.h"

#include <stdlib.h>
#include <string.h>

#define LOCK_S 600
#define JOB_TOKEN_S INT64_C(21600) /* six hours, as long as a job may take */

static void refuse(struct call *call, unsigned int status, const char *message)
{
	call_answer(call, status,
		must(json_pack("{s:s, s:i, s:s}", "source", "actions-run-service", "statusCode", (int)status,
			"errorMessage", message)));
}

const char *run_job_token(struct store *store, const struct job *job)
{
	_cleanup_(freep) char *scopes = must(format("Actions.Results:%s:%s", job->plan_id, job->job_id));
	json_t *claims = must(json_pack("{s:s, s:s, s:s, s:I, s:I}", "iss", "hub", "sub", job->job_id, "scp", scopes,
		"nbf", (json_int_t)wall_s(), "exp", (json_int_t)wall_s() + JOB_TOKEN_S));
	_cleanup_(freep) char *jwt = jwt_make(claims);

	json_decref(claims);
	return token_add(store, TOKEN_JOB, jwt, NULL, job->id, JOB_TOKEN_S)->value;
}

void run_acquire(struct call *call)
{
	json_t *request = call_json(call);
	const char *id = json_string_value(json_object_get(request, "jobMessageId"));
	struct job *job;

	if (request == NULL)
		return;
	job = id == NULL ? NULL : job_by_request(call->store, id);
	if (job == NULL || job->runner_id != call->owner || job->status == JOB_COMPLETED) {
		refuse(call, MHD_HTTP_NOT_FOUND, "The job was not found.");
		return;
	}
	if (job->status == JOB_IN_PROGRESS) {
		refuse(call, MHD_HTTP_CONFLICT, "The job has been acquired already.");
		return;
	}
	job_start(call->store, job);
	call_answer(call, MHD_HTTP_OK, message_json(call->store, job, run_job_token(call->store, job)));
}

/* The running job that the request names and the caller may touch, or NULL with the answer set. */
static struct job *running_job(struct call *call, json_t *request)
{
	const char *id = json_string_value(json_object_get(request, "jobId"));
	const char *plan = json_string_value(json_object_get(request, "planId"));
	struct job *job = id == NULL ? NULL : job_by_uuid(call->store, id);

	if (job == NULL || plan == NULL || strcmp(plan, job->plan_id) != 0 || job->status != JOB_IN_PROGRESS ||
		call->owner != (call->by_job_token ? job->id : job->runner_id)) {
		refuse(call, MHD_HTTP_NOT_FOUND, "The job was not found.");
		return NULL;
	}
	return job;
}

void run_renew(struct call *call)
{
	json_t *request = call_json(call);
	struct job *job = request == NULL ? NULL : running_job(call, request);
	char until[ISO_TIME_MAX];
	struct runner *runner;

	if (job == NULL)
		return;
	job->renewed_ns = now_ns();
	job->renewals++;
	runner = runner_find(call->store, NULL, job->runner_id);
	if (runner != NULL)
		runner->session_seen_ns = now_ns();
	call_answer(call, MHD_HTTP_OK, must(json_pack("{s:s}", "lockedUntil", iso_time(LOCK_S, until))));
}

const char *run_conclusion(const json_t *value)
{
	static const struct {
		const char *result, *conclusion;
	} words[] = {
		/* in the order of the enumeration */
		{"succeeded", "success"},
		{"succeededWithIssues", "success"},
		{"failed", "failure"},
		{"canceled", "cancelled"},
		{"skipped", "skipped"},
		{"abandoned", "failure"},
		/* as some clients write them */
		{"success", "success"},
		{"failure", "failure"},
		{"cancelled", "cancelled"},
	};
	const size_t numbers = 6;

	if (json_is_integer(value) && json_integer_value(value) >= 0 && json_integer_value(value) < (json_int_t)numbers)
		return words[json_integer_value(value)].conclusion;
	if (json_is_string(value))
		for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
			if (strcasecmp(words[i].result, json_string_value(value)) == 0)
				return words[i].conclusion;
	return NULL;
}

/* Keeps a list of the request, if it is one, in *place. */
static void keep(json_t **place, json_t *value, json_type type)
{
	if (value == NULL || json_typeof(value) != type)
		return;
	json_decref(*place);
	*place = json_incref(value);
}

void run_complete(struct call *call)
{
	json_t *request = call_json(call);
	struct job *job = request == NULL ? NULL : running_job(call, request);
	const char *conclusion;

	if (job == NULL)
		return;
	conclusion = run_conclusion(json_object_get(request, "conclusion"));
	if (conclusion == NULL) {
		refuse(call, MHD_HTTP_UNPROCESSABLE_CONTENT, "conclusion is no task result");
		return;
	}
	keep(&job->step_results, json_object_get(request, "stepResults"), JSON_ARRAY);
	keep(&job->annotations, json_object_get(request, "annotations"), JSON_ARRAY);
	keep(&job->outputs, json_object_get(request, "outputs"), JSON_OBJECT);
	job_complete(call->store, job, conclusion, call->by_job_token ? "job" : "runner");
	call_answer(call, MHD_HTTP_OK, must(json_object()));
}
