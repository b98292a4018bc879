#include "tests/hub/timeline.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/blobs.h"
#include "tests/hub/clock.h"
#include "tests/hub/jobs.h"
#include "tests/hub/memory.h"
#include "tests/hub/results.h"
#include "tests/hub/runservice.h"
#include "tests/hub/tenant.h"

#include <stdlib.h>
#include <string.h>

#define LOG_PATH "logs\\" /* and then the record that it belongs to */
#define SUMMARY "Checks.Step.Summary"
#define CRASH "WORKER_CRASH"

/* The job whose plan the path names and whose token the call bears, or NULL with the answer set. After its end it can
 * still complete what it says, but it is not another job's. */
static struct job *calling_job(struct call *call)
{
	struct job *job = job_by_plan(call->store, call->args[0]);

	if (job != NULL && call->by_job_token && call->owner == job->id && job->status != JOB_QUEUED)
		return job;
	tenant_refuse(call, MHD_HTTP_NOT_FOUND, "TaskOrchestrationPlanNotFoundException", "There is no such plan.");
	return NULL;
}

/* The records of a timeline of the job; that of the job itself is there from the beginning, with one record: the job,
 * or at other servers none. NULL when there is no such timeline. */
static json_t *records_of(const struct store *store, struct job *job, const char *id)
{
	json_t *records = json_object_get(job->timelines, id);

	if (records == NULL && strcasecmp(id, job->timeline_id) == 0) {
		records = store->settings.no_record
				  ? must(json_object())
				  : must(json_pack("{s:{s:s, s:s, s:s, s:s, s:i, s:i, s:i}}", job->job_id, "id",
					    job->job_id, "type", "Job", "name", job->name, "state", "pending",
					    "errorCount", 0, "warningCount", 0, "noticeCount", 0));
		json_object_set_new(job->timelines, id, records);
	}
	return records;
}

/* The records of the timeline that the path names, or NULL with the answer set. */
static json_t *named_records(struct call *call, struct job *job)
{
	json_t *records = records_of(call->store, job, call->args[1]);

	if (records == NULL)
		tenant_refuse(call, MHD_HTTP_NOT_FOUND, "TimelineNotFoundException", "There is no such timeline.");
	return records;
}

static json_t *timeline_json(const char *id, json_t *records)
{
	json_t *list = must(json_array()), *record;
	const char *key;

	json_object_foreach (records, key, record)
		json_array_append(list, record);
	return must(json_pack("{s:s, s:i, s:o}", "id", id, "changeId", 1, "records", list));
}

void timeline_add(struct call *call)
{
	json_t *request = call_json(call);
	struct job *job = request == NULL ? NULL : calling_job(call);
	const char *id = json_string_value(json_object_get(request, "id"));

	if (job == NULL)
		return;
	if (id == NULL || records_of(call->store, job, id) != NULL) {
		tenant_refuse(call, MHD_HTTP_CONFLICT, "TimelineExistsException", "There is such a timeline already.");
		return;
	}
	json_object_set_new(job->timelines, id, must(json_object()));
	call_answer(call, MHD_HTTP_OK, timeline_json(id, NULL));
}

void timeline_get(struct call *call)
{
	struct job *job = calling_job(call);
	json_t *records = job == NULL ? NULL : named_records(call, job);

	if (records != NULL)
		call_answer(call, MHD_HTTP_OK, timeline_json(call->args[1], records));
}

/* The annotations of a record, as the run service has them. A new reference. */
static json_t *annotations_of(json_t *record)
{
	static const char *const levels[][2] = {{"error", "failure"}, {"warning", "warning"}, {"notice", "notice"}};
	json_t *list = must(json_array()), *issue;
	size_t i;

	json_array_foreach (json_object_get(record, "issues"), i, issue) {
		const char *type = json_string_value(json_object_get(issue, "type"));
		const char *text = json_string_value(json_object_get(issue, "message"));

		for (size_t k = 0; type != NULL && text != NULL && k < sizeof levels / sizeof levels[0]; k++)
			if (strcmp(type, levels[k][0]) == 0)
				json_array_append_new(
					list, must(json_pack("{s:s, s:s}", "level", levels[k][1], "message", text)));
	}
	return list;
}

/* Whether the Listener has said that the Worker crashed. */
static bool crashed(json_t *record)
{
	json_t *issue, *value;
	const char *key;
	size_t i;

	json_array_foreach (json_object_get(record, "issues"), i, issue) {
		json_object_foreach (json_object_get(issue, "data"), key, value)
			if (json_is_string(value) && strcmp(json_string_value(value), CRASH) == 0)
				return true;
	}
	return false;
}

/* What GitHub shows of a step, from its record. */
static void keep_step(struct job *job, json_t *record)
{
	static const struct {
		const char *word;
		int number;
	} words[] = {
		/* states, then conclusions: the numbers of WorkflowStepsUpdate */
		{"pending", 5},
		{"inProgress", 3},
		{"completed", 6},
		{"success", 2},
		{"failure", 3},
		{"cancelled", 4},
		{"skipped", 7},
	};
	const char *conclusion = run_conclusion(json_object_get(record, "result"));
	const char *state = json_string_value(json_object_get(record, "state"));
	int numbers[2] = {0, 0};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (i < 3 && state != NULL && strcmp(words[i].word, state) == 0)
			numbers[0] = words[i].number;
		if (i >= 3 && conclusion != NULL && strcmp(words[i].word, conclusion) == 0)
			numbers[1] = words[i].number;
	}
	results_keep_step(
		job, must(json_pack("{s:O?, s:O?, s:O?, s:i, s:i}", "external_id", json_object_get(record, "id"),
			     "number", json_object_get(record, "order"), "name", json_object_get(record, "name"),
			     "status", numbers[0], "conclusion", numbers[1])));
}

/* What ends the job: its record, as the Worker leaves it, or as the Listener does for a Worker that crashed. */
static void end_job(struct call *call, struct job *job, json_t *record)
{
	const char *state = json_string_value(json_object_get(record, "state"));
	const char *conclusion = run_conclusion(json_object_get(record, "result"));

	json_decref(job->annotations);
	job->annotations = annotations_of(record);
	if (!call->store->settings.no_record && job->status == JOB_IN_PROGRESS && state != NULL &&
		strcmp(state, "completed") == 0 && conclusion != NULL && crashed(record))
		job_complete(call->store, job, conclusion, "runner");
}

static json_t *merge(json_t *records, json_t *update)
{
	const char *id = json_string_value(json_object_get(update, "id")), *key;
	json_t *record = json_object_get(records, id), *value;

	if (record == NULL) {
		record = must(json_object());
		json_object_set_new(records, id, record);
	}
	json_object_foreach (update, key, value)
		if (!json_is_null(value)) /* not said again */
			json_object_set(record, key, value);
	return record;
}

void timeline_update(struct call *call)
{
	json_t *request = call_json(call), *update, *list;
	struct job *job = request == NULL ? NULL : calling_job(call);
	json_t *records = job == NULL ? NULL : named_records(call, job);
	size_t i;

	if (records == NULL)
		return;
	list = must(json_array());
	json_array_foreach (json_object_get(request, "value"), i, update) {
		const char *id = json_string_value(json_object_get(update, "id")), *type;
		json_t *record;

		if (id == NULL)
			continue;
		record = merge(records, update);
		type = json_string_value(json_object_get(record, "type"));
		json_array_append(list, record);
		if (strcasecmp(id, job->job_id) == 0)
			end_job(call, job, record);
		else if (type != NULL && strcmp(type, "Task") == 0)
			keep_step(job, record);
	}
	call_answer(call, MHD_HTTP_OK, tenant_collection(list));
}

void timeline_feed(struct call *call)
{
	json_t *request = call_json(call);
	struct job *job = request == NULL ? NULL : calling_job(call);

	if (job == NULL)
		return;
	job_append_lines(job, json_object_get(request, "value"));
	call_answer(call, MHD_HTTP_OK, NULL);
}

static void append(struct blob *blob, const char *data, size_t len)
{
	if (len == 0)
		return;
	blob->data = must(realloc(blob->data, blob->len + len + 1));
	memcpy(blob->data + blob->len, data, len);
	blob->len += len;
	blob->data[blob->len] = '\0';
	blob->written = true;
}

void timeline_attach(struct call *call)
{
	struct job *job = calling_job(call);
	struct blob *blob;
	char now[ISO_TIME_MAX];

	if (job == NULL)
		return;
	if (strcmp(call->args[3], SUMMARY) == 0) {
		/* The record is the job's; the name is the step's. */
		blob = blob_for(call->store, job->id, "step-summary", call->args[4]);
		append(blob, call->body, call->body_len);
		blob->complete = true;
	}
	call_answer(call, MHD_HTTP_OK,
		must(json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "type", call->args[3], "name", call->args[4],
			"createdOn", iso_time(0, now), "lastChangedOn", now, "timelineId", call->args[1], "recordId",
			call->args[2])));
}

static void answer_log(struct call *call, json_int_t id, const char *path)
{
	char now[ISO_TIME_MAX];

	call_answer(call, MHD_HTTP_OK,
		must(json_pack("{s:I, s:s, s:s, s:s}", "id", id, "path", path, "createdOn", iso_time(0, now),
			"lastChangedOn", now)));
}

void timeline_add_log(struct call *call)
{
	json_t *request = call_json(call);
	struct job *job = request == NULL ? NULL : calling_job(call);
	const char *path = json_string_value(json_object_get(request, "path"));

	if (job == NULL)
		return;
	if (path == NULL || strncmp(path, LOG_PATH, strlen(LOG_PATH)) != 0) {
		tenant_refuse(call, MHD_HTTP_BAD_REQUEST, "VssPropertyValidationException", "It is no record's log.");
		return;
	}
	json_array_append_new(job->logs, must(json_string(path + strlen(LOG_PATH))));
	answer_log(call, (json_int_t)json_array_size(job->logs), path);
}

void timeline_append_log(struct call *call)
{
	struct job *job = calling_job(call);
	json_int_t id = call_arg_number(call, 1);
	const char *record =
		job == NULL || id < 1 ? NULL : json_string_value(json_array_get(job->logs, (size_t)id - 1));
	bool whole = record != NULL && strcasecmp(record, job->job_id) == 0;
	struct blob *blob;

	if (record == NULL) {
		if (job != NULL)
			tenant_refuse(call, MHD_HTTP_NOT_FOUND, "TaskLogNotFoundException", "There is no such log.");
		return;
	}
	blob = blob_for(call->store, job->id, whole ? "job-logs" : "step-logs", whole ? NULL : record);
	append(blob, call->body, call->body_len);
	blob->complete = true;
	answer_log(call, id, "");
}

/* The annotations of the steps, where the run service has them. A new reference. */
static json_t *step_results(const struct store *store, struct job *job)
{
	json_t *list = must(json_array()), *record;
	const char *id;

	json_object_foreach (records_of(store, job, job->timeline_id), id, record) {
		const char *type = json_string_value(json_object_get(record, "type"));
		const char *conclusion = run_conclusion(json_object_get(record, "result"));

		if (type == NULL || strcmp(type, "Task") != 0)
			continue;
		json_array_append_new(list, must(json_pack("{s:s, s:O?, s:s?, s:o}", "external_id", id, "name",
						    json_object_get(record, "name"), "conclusion", conclusion,
						    "annotations", annotations_of(record))));
	}
	return list;
}

void timeline_event(struct call *call)
{
	json_t *request = call_json(call);
	struct job *job = request == NULL ? NULL : calling_job(call);
	const char *name = json_string_value(json_object_get(request, "name"));
	const char *conclusion = run_conclusion(json_object_get(request, "result"));

	if (job == NULL)
		return;
	if (name == NULL || strcmp(name, "JobCompleted") != 0 || conclusion == NULL) {
		tenant_refuse(call, MHD_HTTP_BAD_REQUEST, "VssPropertyValidationException", "It is no end of a job.");
		return;
	}
	if (job->status == JOB_IN_PROGRESS) {
		if (json_is_object(json_object_get(request, "outputs"))) {
			json_decref(job->outputs);
			job->outputs = json_incref(json_object_get(request, "outputs"));
		}
		json_decref(job->step_results);
		job->step_results = step_results(call->store, job);
		job_complete(call->store, job, conclusion, "job");
	}
	call_answer(call, MHD_HTTP_OK, NULL);
}
