#include "tests/hub/jobs.h"

#include "common/cleanup.h"
#include "tests/hub/clock.h"
#include "tests/hub/encode.h"
#include "tests/hub/memory.h"
#include "tests/hub/runners.h"

#include <stdlib.h>
#include <string.h>

static const char *const status_names[] = {"queued", "in_progress", "completed"};

static json_t *member_or(json_t *spec, const char *key, json_t *fallback)
{
	json_t *value = json_object_get(spec, key);

	if (value == NULL)
		return must(fallback);
	json_decref(fallback);
	return json_incref(value);
}

struct job *job_add(struct store *store, json_t *spec)
{
	struct job *job = must(calloc(1, sizeof *job)), **end = &store->jobs;
	const char *workflow = json_string_value(json_object_get(spec, "workflow"));

	job->id = store_next_id(store);
	job->job_id = random_uuid();
	job->plan_id = random_uuid();
	job->request_id = random_uuid();
	job->timeline_id = random_uuid();
	job->name = copy_text(json_string_value(json_object_get(spec, "name")));
	job->repository = copy_text(json_string_value(json_object_get(spec, "repository")));
	job->workflow = copy_text(workflow != NULL ? workflow : "hub");
	job->labels = member_or(spec, "labels", json_array());
	job->steps = member_or(spec, "steps", json_array());
	job->env = member_or(spec, "env", json_object());
	job->mask = member_or(spec, "mask", json_array());
	job->context = member_or(spec, "context", json_object());
	job->job_outputs = member_or(spec, "outputs", json_object());
	job->container = json_incref(json_object_get(spec, "container"));
	job->services = json_incref(json_object_get(spec, "services"));
	job->step_results = must(json_array());
	job->step_updates = must(json_array());
	job->annotations = must(json_array());
	job->outputs = must(json_object());
	job->timelines = must(json_object());
	job->logs = must(json_array());
	iso_time(0, job->queued_at);
	while (*end != NULL)
		end = &(*end)->next;
	*end = job;
	return job;
}

struct job *job_find(struct store *store, int64_t id)
{
	for (struct job *job = store->jobs; job != NULL; job = job->next)
		if (job->id == id)
			return job;
	return NULL;
}

struct job *job_by_uuid(struct store *store, const char *job_id)
{
	for (struct job *job = store->jobs; job != NULL; job = job->next)
		if (strcmp(job->job_id, job_id) == 0)
			return job;
	return NULL;
}

struct job *job_by_plan(struct store *store, const char *plan_id)
{
	for (struct job *job = store->jobs; job != NULL; job = job->next)
		if (strcmp(job->plan_id, plan_id) == 0)
			return job;
	return NULL;
}

struct job *job_by_request(struct store *store, const char *request_id)
{
	for (struct job *job = store->jobs; job != NULL; job = job->next)
		if (strcmp(job->request_id, request_id) == 0)
			return job;
	return NULL;
}

/* Whether jobs of `repository` ("o/r") run on runners of `scope`. */
static bool scope_has(const char *scope, const char *repository)
{
	size_t owner = strcspn(repository, "/");

	if (strncmp(scope, "repos/", 6) == 0)
		return strcasecmp(scope + 6, repository) == 0;
	if (strncmp(scope, "orgs/", 5) == 0)
		return strlen(scope + 5) == owner && strncasecmp(scope + 5, repository, owner) == 0;
	return true;
}

static bool has_labels(const struct runner *runner, json_t *wanted)
{
	json_t *want;
	size_t i;

	json_array_foreach (wanted, i, want) {
		if (!runner_has_label(runner, json_string_value(want)))
			return false;
	}
	return true;
}

struct job *job_for(struct store *store, const struct runner *runner)
{
	if (runner->retired_ns != 0 || runner->spent || runner_job(store, runner) != NULL)
		return NULL;
	for (struct job *job = store->jobs; job != NULL; job = job->next)
		if (job->status == JOB_QUEUED && job->runner_id == 0 && scope_has(runner->scope, job->repository) &&
			has_labels(runner, job->labels))
			return job;
	return NULL;
}

void job_offer(struct job *job, const struct runner *runner)
{
	job->runner_id = runner->id;
	job->offered_ns = now_ns();
	job->acknowledged = false;
	free(job->runner_name);
	job->runner_name = copy_text(runner->name);
}

void job_withdraw(struct job *job)
{
	job->runner_id = 0;
	job->offered_ns = 0;
	free(job->runner_name);
	job->runner_name = NULL;
	free(job->request_id);
	job->request_id = random_uuid(); /* whoever still holds the old offer comes too late */
}

void job_start(struct store *store, struct job *job)
{
	struct runner *runner = runner_find(store, NULL, job->runner_id);

	job->status = JOB_IN_PROGRESS;
	job->offered_ns = 0;
	job->renewed_ns = now_ns();
	iso_time(0, job->started_at);
	if (runner != NULL && runner->ephemeral)
		runner->spent = true;
}

void job_complete(struct store *store, struct job *job, const char *conclusion, const char *by)
{
	struct runner *runner = runner_find(store, NULL, job->runner_id);

	job->status = JOB_COMPLETED;
	job->offered_ns = 0;
	free(job->conclusion);
	job->conclusion = copy_text(conclusion);
	free(job->completed_by);
	job->completed_by = copy_text(by);
	iso_time(0, job->completed_at);
	if (runner != NULL && runner->spent && strcmp(by, "hub") != 0)
		runner_retire(runner);
}

void job_lose(struct store *store, struct job *job)
{
	json_array_append_new(job->annotations,
		must(json_pack("{s:s, s:s}", "level", "failure", "message",
			"The self-hosted runner lost communication with the server. Verify the machine is running and has a healthy network connection.")));
	job_complete(store, job, "failure", "hub");
}

bool job_append_log(struct job *job, const char *text, size_t len)
{
	if (len > JOB_LOG_MAX - job->log_len)
		return false;
	if (len > 0) {
		job->log = must(realloc(job->log, job->log_len + len));
		memcpy(job->log + job->log_len, text, len);
		job->log_len += len;
	}
	return true;
}

void job_append_lines(struct job *job, json_t *lines)
{
	json_t *line;
	size_t i;

	json_array_foreach (lines, i, line) {
		if (!json_is_string(line))
			continue;
		(void)job_append_log(job, json_string_value(line), json_string_length(line));
		(void)job_append_log(job, "\n", 1); /* a full log loses its end */
	}
}

const char *job_status_name(enum job_status status)
{
	return status_names[status];
}

int job_status_from(const char *name)
{
	for (int i = 0; i <= JOB_COMPLETED; i++)
		if (strcmp(status_names[i], name) == 0)
			return i;
	return -1;
}

static const char *text_or_null(const char *text)
{
	return text == NULL || text[0] == '\0' ? NULL : text;
}

json_t *job_json(const struct job *job)
{
	json_t *json = must(json_pack("{s:I, s:s, s:s, s:s, s:O, s:s, s:s?, s:s?, s:s?}", "id", (json_int_t)job->id,
		"job_id", job->job_id, "name", job->name, "repository", job->repository, "labels", job->labels,
		"status", job_status_name(job->status), "conclusion", job->conclusion, "completed_by",
		job->completed_by, "runner_name", job->runner_name));
	json_t *rest = must(json_pack("{s:I, s:b, s:i, s:b, s:O, s:O, s:O, s:s, s:s?, s:s?, s:I}", "runner_id",
		(json_int_t)job->runner_id, "acknowledged", job->acknowledged, "renewals", job->renewals,
		"cancel_requested", job->cancel, "annotations", job->annotations, "stepResults", job->step_results,
		"outputs", job->outputs, "queued_at", job->queued_at, "started_at", text_or_null(job->started_at),
		"completed_at", text_or_null(job->completed_at), "log_bytes", (json_int_t)job->log_len));

	json_object_update(json, rest);
	json_decref(rest);
	return json;
}

void jobs_sweep(struct store *store)
{
	int64_t now = now_ns();

	for (struct job *job = store->jobs; job != NULL; job = job->next) {
		if (job->offered_ns != 0 && now - job->offered_ns > store->settings.offer_ns)
			job_withdraw(job);
		if (job->status == JOB_IN_PROGRESS && now - job->renewed_ns > store->settings.lost_ns)
			job_lose(store, job);
	}
}

void jobs_free(struct store *store)
{
	while (store->jobs != NULL) {
		struct job *job = store->jobs;

		store->jobs = job->next;
		free(job->job_id);
		free(job->plan_id);
		free(job->request_id);
		free(job->name);
		free(job->repository);
		free(job->workflow);
		free(job->runner_name);
		free(job->conclusion);
		free(job->completed_by);
		free(job->timeline_id);
		free(job->log);
		json_decref(job->labels);
		json_decref(job->steps);
		json_decref(job->env);
		json_decref(job->mask);
		json_decref(job->context);
		json_decref(job->job_outputs);
		json_decref(job->container);
		json_decref(job->services);
		json_decref(job->step_results);
		json_decref(job->step_updates);
		json_decref(job->annotations);
		json_decref(job->outputs);
		json_decref(job->timelines);
		json_decref(job->logs);
		free(job);
	}
}
