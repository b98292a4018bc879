#include "tests/standin/worker/results.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/shared/clock.h"
#include "tests/standin/shared/fields.h"
#include "tests/standin/shared/http.h"

#include <string.h>

#define RECEIVER "twirp/results.services.receiver.Receiver/"
#define STEP_UPDATES "twirp/github.actions.results.api.v1.WorkflowStepUpdateService/"

/* Calls a Twirp method with these members and those that name the job. `members` is consumed. */
static int twirp(const struct results *results, const char *method, json_t *members, json_t **answer, struct error *err)
{
	_cleanup_(freep) char *url = format("%s%s", results->url, method);
	_cleanup_(freep) char *body = NULL;
	struct http_request request = {.method = "POST", .url = url, .authorization = results->authorization};

	json_object_set_new(members, "workflow_run_backend_id", json_string(results->plan_id));
	json_object_set_new(members, "workflow_job_run_backend_id", json_string(results->job_id));
	body = json_dumps(members, JSON_COMPACT);
	json_decref(members);
	if (url == NULL || body == NULL)
		return error_set(err, ENOMEM, "%s", method);
	request.body = body;
	request.timeout_s = 10;
	return http_json(&request, answer, NULL, err);
}

static json_t *of_step(const char *step)
{
	return step == NULL ? json_object() : json_pack("{s:s}", "step_backend_id", step);
}

static int put(const char *url, const char *type, const char *text, struct error *err)
{
	struct http_request request = {.method = "PUT",
		.url = url,
		.content_type = "text/plain",
		.body = text,
		.timeout_s = 30,
		.header = strcmp(type, "BLOB_STORAGE_TYPE_AZURE") == 0 ? "x-ms-blob-type: BlockBlob" : NULL};

	return http_json(&request, NULL, NULL, err);
}

/* Asks for a URL, uploads, says that all is there. `done` is consumed. */
static int upload(const struct results *results, const char *step, const char *const methods[2], const char *member,
	const char *text, json_t *done, struct error *err)
{
	json_t *answer = NULL;
	const char *url, *type;
	int rc = results->url == NULL ? 0 : twirp(results, methods[0], of_step(step), &answer, err);

	if (answer != NULL) {
		url = field_text(answer, member);
		type = field_text(answer, "blob_storage_type");
		rc = url == NULL ? error_set(err, 0, "%s: no %s", methods[0], member)
				 : put(url, type == NULL ? "" : type, text, err);
		if (rc == 0)
			rc = twirp(results, methods[1], json_incref(done), NULL, err);
	}
	json_decref(answer);
	json_decref(done);
	return rc;
}

static json_int_t count_lines(const char *text)
{
	json_int_t lines = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		lines++;
	return lines;
}

int results_log(const struct results *results, const char *step, const char *text, struct error *err)
{
	static const char *const of_steps[] = {RECEIVER "GetStepLogsSignedBlobURL", RECEIVER "CreateStepLogsMetadata"};
	static const char *const of_jobs[] = {RECEIVER "GetJobLogsSignedBlobURL", RECEIVER "CreateJobLogsMetadata"};
	json_t *done = of_step(step);
	char now[STAMP_SIZE];

	clock_iso(now);
	json_object_set_new(done, "uploaded_at", json_string(now));
	json_object_set_new(done, "line_count", json_integer(count_lines(text)));
	return upload(results, step, step == NULL ? of_jobs : of_steps, "logs_url", text, done, err);
}

int results_summary(const struct results *results, const char *step, const char *text, struct error *err)
{
	static const char *const methods[] = {
		RECEIVER "GetStepSummarySignedBlobURL", RECEIVER "CreateStepSummaryMetadata"};
	json_t *done = of_step(step);
	char now[STAMP_SIZE];

	clock_iso(now);
	json_object_set_new(done, "uploaded_at", json_string(now));
	json_object_set_new(done, "size", json_integer((json_int_t)strlen(text)));
	return upload(results, step, methods, "summary_url", text, done, err);
}

int results_step(const struct results *results, json_t *step, struct error *err)
{
	static json_int_t order;
	json_t *members = json_pack("{s:I, s:[o]}", "change_order", ++order, "steps", step);

	if (results->url == NULL) {
		json_decref(members);
		return 0;
	}
	return twirp(results, STEP_UPDATES "WorkflowStepsUpdate", members, NULL, err);
}
