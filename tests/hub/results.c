#include "tests/hub/results.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/blobs.h"
#include "tests/hub/jobs.h"
#include "tests/hub/memory.h"

#include <string.h>

#define SUMMARY_MAX (1024 * 1024)

void results_refuse(struct call *call, unsigned int status, const char *code, const char *message)
{
	call_answer(call, status, must(json_pack("{s:s, s:s}", "code", code, "msg", message)));
}

struct job *results_job(struct call *call, const char **step)
{
	json_t *request = call_json(call);
	const char *job_id = json_string_value(json_object_get(request, "workflow_job_run_backend_id"));
	const char *plan = json_string_value(json_object_get(request, "workflow_run_backend_id"));
	struct job *job = job_id == NULL ? NULL : job_by_uuid(call->store, job_id);

	if (request == NULL) {
		results_refuse(call, MHD_HTTP_BAD_REQUEST, "malformed", "the request is no JSON object");
		return NULL;
	}
	if (step != NULL && (*step = json_string_value(json_object_get(request, "step_backend_id"))) == NULL) {
		results_refuse(call, MHD_HTTP_BAD_REQUEST, "invalid_argument", "step_backend_id is required");
		return NULL;
	}
	if (job == NULL || plan == NULL || strcmp(plan, job->plan_id) != 0 || call->owner != job->id ||
		job->status != JOB_IN_PROGRESS) {
		results_refuse(call, MHD_HTTP_FORBIDDEN, "permission_denied", "the token is not for this job");
		return NULL;
	}
	return job;
}

bool results_uploaded(struct call *call, const struct blob *blob, const char *member)
{
	_cleanup_(freep) char *len = must(format("%zu", blob->len));
	const char *said = json_string_value(json_object_get(call->json, member));

	if (!blob->written)
		results_refuse(call, MHD_HTTP_NOT_FOUND, "not_found", "nothing was uploaded");
	else if (said == NULL || strcmp(said, len) != 0)
		results_refuse(call, MHD_HTTP_BAD_REQUEST, "invalid_argument", "the size is not that of the upload");
	else
		return true;
	return false;
}

static void answer_url(struct call *call, const char *kind, bool of_step, const char *member)
{
	const char *step = NULL;
	const struct job *job = results_job(call, of_step ? &step : NULL);
	_cleanup_(freep) char *url = NULL;
	json_t *answer;

	if (job == NULL)
		return;
	url = blob_url(call->store, blob_for(call->store, job->id, kind, step));
	answer = must(json_pack("{s:s, s:s}", member, url, "blob_storage_type", blob_storage_type(call->store)));
	if (of_step)
		json_object_set_new(answer, "soft_size_limit", json_integer(SUMMARY_MAX));
	call_answer(call, MHD_HTTP_OK, answer);
}

static void mark_done(struct call *call, const char *kind, bool of_step)
{
	const char *step = NULL;
	const struct job *job = results_job(call, of_step ? &step : NULL);
	struct blob *blob;

	if (job == NULL)
		return;
	blob = blob_find(call->store, job->id, kind, step);
	if (blob == NULL || !blob->written) {
		results_refuse(call, MHD_HTTP_NOT_FOUND, "not_found", "nothing was uploaded");
		return;
	}
	blob->complete = true;
	call_answer(call, MHD_HTTP_OK, must(json_pack("{s:b}", "ok", 1)));
}

void results_step_logs_url(struct call *call)
{
	answer_url(call, "step-logs", true, "logs_url");
}

void results_step_logs_done(struct call *call)
{
	mark_done(call, "step-logs", true);
}

void results_step_summary_url(struct call *call)
{
	answer_url(call, "step-summary", true, "summary_url");
}

void results_step_summary_done(struct call *call)
{
	mark_done(call, "step-summary", true);
}

void results_job_logs_url(struct call *call)
{
	answer_url(call, "job-logs", false, "logs_url");
}

void results_job_logs_done(struct call *call)
{
	mark_done(call, "job-logs", false);
}

void results_diag_logs_url(struct call *call)
{
	answer_url(call, "diag-logs", false, "diag_logs_url");
}

static json_t *known_step(json_t *steps, const char *id)
{
	json_t *step;
	size_t i;

	json_array_foreach (steps, i, step) {
		if (strcasecmp(json_string_value(json_object_get(step, "external_id")), id) == 0)
			return step;
	}
	return NULL;
}

void results_keep_step(struct job *job, json_t *update)
{
	json_t *known = known_step(job->step_updates, json_string_value(json_object_get(update, "external_id")));

	if (known == NULL) {
		json_array_append_new(job->step_updates, update);
		return;
	}
	json_object_update(known, update);
	json_decref(update);
}

void results_steps_update(struct call *call)
{
	struct job *job = results_job(call, NULL);
	json_t *update;
	size_t i;

	if (job == NULL)
		return;
	json_array_foreach (json_object_get(call->json, "steps"), i, update) {
		if (!json_is_string(json_object_get(update, "external_id"))) {
			results_refuse(call, MHD_HTTP_BAD_REQUEST, "invalid_argument", "external_id is required");
			return;
		}
		results_keep_step(job, must(json_deep_copy(update)));
	}
	call_answer(call, MHD_HTTP_OK, must(json_pack("{s:b}", "ok", 1)));
}

/* The words of the REST API for the numbers of the enumerations. */
static const char *word(const json_t *value, const char *const *words, size_t count)
{
	json_int_t number = json_integer_value(value);

	return number >= 0 && (size_t)number < count ? words[number] : NULL;
}

static json_t *text_of(const struct blob *blob)
{
	return blob == NULL || !blob->complete ? json_null() : text_json(blob->data == NULL ? "" : blob->data);
}

json_t *results_steps(const struct store *store, const struct job *job)
{
	static const char *const statuses[] = {NULL, NULL, NULL, "in_progress", NULL, "pending", "completed"};
	static const char *const conclusions[] = {NULL, NULL, "success", "failure", "cancelled", NULL, NULL, "skipped"};
	json_t *list = must(json_array()), *step;
	size_t i;

	json_array_foreach (job->step_updates, i, step) {
		const char *id = json_string_value(json_object_get(step, "external_id"));

		json_array_append_new(list,
			must(json_pack("{s:s?, s:O?, s:O?, s:s?, s:s?, s:o, s:o}", "id", id, "number",
				json_object_get(step, "number"), "name", json_object_get(step, "name"), "status",
				word(json_object_get(step, "status"), statuses, sizeof statuses / sizeof *statuses),
				"conclusion",
				word(json_object_get(step, "conclusion"), conclusions,
					sizeof conclusions / sizeof *conclusions),
				"log", text_of(blob_find(store, job->id, "step-logs", id)), "summary",
				text_of(blob_find(store, job->id, "step-summary", id)))));
	}
	return list;
}
