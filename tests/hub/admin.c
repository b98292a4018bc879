#include "tests/hub/admin.h"

#include "tests/hub/blobs.h"
#include "tests/hub/clock.h"
#include "tests/hub/jobs.h"
#include "tests/hub/memory.h"
#include "tests/hub/results.h"
#include "tests/hub/runners.h"

#include <string.h>

#define WAIT_S 30
#define WAIT_MAX_S 3600
#define CANCEL_S 300 /* GitHub's */

static bool all_strings(json_t *list)
{
	json_t *value;
	size_t i;

	json_array_foreach (list, i, value) {
		if (!json_is_string(value))
			return false;
	}
	return list == NULL || json_is_array(list);
}

static bool string_members(json_t *object)
{
	json_t *value;
	const char *key;

	json_object_foreach (object, key, value) {
		if (!json_is_string(value))
			return false;
	}
	return object == NULL || json_is_object(object);
}

static bool object_members(json_t *object)
{
	json_t *value;
	const char *key;

	json_object_foreach (object, key, value) {
		if (!json_is_object(value))
			return false;
	}
	return object == NULL || json_is_object(object);
}

static bool is_container(const json_t *value)
{
	return value == NULL || json_is_string(value) || json_is_object(value);
}

static bool containers(json_t *object)
{
	json_t *value;
	const char *key;

	json_object_foreach (object, key, value) {
		if (!is_container(value))
			return false;
	}
	return object == NULL || json_is_object(object);
}

static bool only_keys(json_t *object, const char *const *known)
{
	json_t *value;
	const char *key;

	json_object_foreach (object, key, value) {
		size_t i = 0;

		while (known[i] != NULL && strcmp(known[i], key) != 0)
			i++;
		if (known[i] == NULL)
			return false;
	}
	return true;
}

/* NULL when the step is good, otherwise what is wrong. */
static const char *check_step(json_t *step)
{
	static const char *const known[] = {"run", "uses", "with", "name", "id", "if", "env", "shell",
		"working-directory", "timeout-minutes", "continue-on-error", NULL};
	static const char *const strings[] = {"name", "id", "if", "shell", "working-directory"};

	if (!json_is_object(step) || !only_keys(step, known))
		return "a step is an object of the keys of a workflow's step";
	if (!json_is_string(json_object_get(step, "run")) && !json_is_string(json_object_get(step, "uses")))
		return "a step has run or uses";
	for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++) {
		const json_t *value = json_object_get(step, strings[i]);

		if (value != NULL && !json_is_string(value))
			return "name, id, if, shell and working-directory of a step are strings";
	}
	if (!string_members(json_object_get(step, "with")))
		return "with of a step is an object of strings";
	return string_members(json_object_get(step, "env")) ? NULL : "env of a step is an object of strings";
}

static const char *check_job(json_t *spec)
{
	static const char *const known[] = {"name", "repository", "workflow", "labels", "steps", "env", "mask",
		"context", "outputs", "container", "services", NULL};
	const char *repository = json_string_value(json_object_get(spec, "repository")), *wrong;
	json_t *steps = json_object_get(spec, "steps"), *step;
	size_t i;

	if (!only_keys(spec, known))
		return "a job is an object of name, repository, workflow, labels, steps, env, mask, context, outputs, container and services";
	if (!json_is_string(json_object_get(spec, "name")))
		return "a job has a name";
	if (repository == NULL || strchr(repository, '/') == NULL)
		return "a job has a repository, OWNER/NAME";
	if (json_object_get(spec, "workflow") != NULL && !json_is_string(json_object_get(spec, "workflow")))
		return "workflow is a name";
	if (!all_strings(json_object_get(spec, "labels")) || !all_strings(json_object_get(spec, "mask")))
		return "labels and mask are lists of strings";
	if (!string_members(json_object_get(spec, "env")) || !string_members(json_object_get(spec, "outputs")))
		return "env and outputs are objects of strings";
	if (!object_members(json_object_get(spec, "context")))
		return "context is an object of objects";
	if (!is_container(json_object_get(spec, "container")) || !containers(json_object_get(spec, "services")))
		return "a container is an image or an object, services an object of them";
	if (!json_is_array(steps) || json_array_size(steps) == 0)
		return "a job has steps";
	json_array_foreach (steps, i, step) {
		wrong = check_step(step);
		if (wrong != NULL)
			return wrong;
	}
	return NULL;
}

void admin_add_job(struct call *call)
{
	json_t *spec = call_json(call);
	const struct job *job;
	const char *wrong;

	if (spec == NULL)
		return;
	wrong = check_job(spec);
	if (wrong != NULL) {
		call_error(call, MHD_HTTP_UNPROCESSABLE_CONTENT, "%s", wrong);
		return;
	}
	job = job_add(call->store, spec);
	call_answer(call, MHD_HTTP_CREATED,
		must(json_pack("{s:I, s:s}", "id", (json_int_t)job->id, "job_id", job->job_id)));
}

/* The job that the path names, or NULL with the answer set. */
static struct job *named_job(struct call *call)
{
	struct job *job = job_find(call->store, call_arg_number(call, 0));

	if (job == NULL)
		call_error(call, MHD_HTTP_NOT_FOUND, "There is no such job");
	return job;
}

void admin_list_jobs(struct call *call)
{
	json_t *list = must(json_array());

	for (const struct job *job = call->store->jobs; job != NULL; job = job->next)
		json_array_append_new(list, job_json(job));
	call_answer(call, MHD_HTTP_OK, must(json_pack("{s:o}", "jobs", list)));
}

void admin_get_job(struct call *call)
{
	const struct job *job = named_job(call);

	if (job != NULL)
		call_answer(call, MHD_HTTP_OK, job_json(job));
}

static int64_t deadline(const struct call *call)
{
	int64_t seconds = call_query_number(call, "seconds", WAIT_S);

	return now_ns() + (seconds > WAIT_MAX_S ? WAIT_MAX_S : seconds) * NS_PER_S;
}

void admin_wait_job(struct call *call)
{
	const char *wanted = call_query(call, "status");
	int status = wanted == NULL ? JOB_COMPLETED : job_status_from(wanted);
	const struct job *job = named_job(call);
	int64_t until = deadline(call);

	if (job == NULL)
		return;
	if (status < 0) {
		call_error(call, MHD_HTTP_UNPROCESSABLE_CONTENT, "status is queued, in_progress or completed");
		return;
	}
	/* Jobs are never forgotten: the pointer survives the wait. */
	while ((int)job->status < status && !call_client_gone(call) && store_wait(call->store, until))
		;
	call_answer(call, (int)job->status < status ? MHD_HTTP_REQUEST_TIMEOUT : MHD_HTTP_OK, job_json(job));
}

void admin_job_log(struct call *call)
{
	const struct job *job = named_job(call);
	const struct blob *blob = job == NULL ? NULL : blob_find(call->store, job->id, "job-logs", NULL);

	if (blob != NULL && blob->complete)
		call_text(call, MHD_HTTP_OK, blob->data, blob->len);
	else if (job != NULL)
		call_text(call, MHD_HTTP_OK, job->log, job->log_len);
}

void admin_job_steps(struct call *call)
{
	const struct job *job = named_job(call);

	if (job != NULL)
		call_answer(call, MHD_HTTP_OK, must(json_pack("{s:o}", "steps", results_steps(call->store, job))));
}

void admin_cancel_job(struct call *call)
{
	struct job *job = named_job(call);
	int64_t seconds = call_query_number(call, "timeout", CANCEL_S);

	if (job == NULL)
		return;
	if (job->status == JOB_COMPLETED) {
		call_error(call, MHD_HTTP_CONFLICT, "Cannot cancel a job that is completed");
		return;
	}
	job->cancel = true;
	job->cancel_s = seconds > WAIT_MAX_S ? WAIT_MAX_S : seconds;
	if (job->status == JOB_QUEUED) /* nobody has begun it */
		job_complete(call->store, job, "cancelled", "hub");
	call_answer(call, MHD_HTTP_ACCEPTED, must(json_object()));
}

void admin_lose_job(struct call *call)
{
	struct job *job = named_job(call);

	if (job == NULL)
		return;
	if (job->status != JOB_IN_PROGRESS) {
		call_error(call, MHD_HTTP_CONFLICT, "Only a job in progress can be lost");
		return;
	}
	job_lose(call->store, job);
	call_answer(call, MHD_HTTP_OK, job_json(job));
}

static json_t *full_runner(const struct store *store, const struct runner *runner)
{
	json_t *json = runner_json(store, runner);
	const struct job *job = runner_job(store, runner);

	json_object_set_new(json, "scope", must(json_string(runner->scope)));
	json_object_set_new(json, "jit", json_boolean(runner->jit));
	json_object_set_new(
		json, "session", runner->session_id == NULL ? json_null() : json_string(runner->session_id));
	json_object_set_new(json, "session_owner",
		runner->session_owner == NULL ? json_null() : json_string(runner->session_owner));
	json_object_set_new(json, "job", job == NULL ? json_null() : json_integer((json_int_t)job->id));
	json_object_set(json, "updates", runner->updates);
	json_object_set_new(json, "version", runner->version == NULL ? json_null() : json_string(runner->version));
	return json;
}

void admin_runners(struct call *call)
{
	json_t *list = must(json_array());

	for (const struct runner *r = call->store->runners; r != NULL; r = r->next)
		if (r->retired_ns == 0)
			json_array_append_new(list, full_runner(call->store, r));
	call_answer(call, MHD_HTTP_OK, must(json_pack("{s:o}", "runners", list)));
}

/* Whether the runner (NULL: absent) is in the state of this name. */
static bool in_state(const struct store *store, const struct runner *runner, const char *state)
{
	bool online, busy;

	if (runner == NULL || strcmp(state, "absent") == 0)
		return runner == NULL && strcmp(state, "absent") == 0;
	online = runner_online(store, runner);
	busy = runner_job(store, runner) != NULL;
	if (strcmp(state, "online") == 0)
		return online;
	if (strcmp(state, "offline") == 0)
		return !online;
	if (strcmp(state, "polling") == 0)
		return runner->polls > 0;
	return strcmp(state, "busy") == 0 ? busy : online && !busy;
}

void admin_wait_runner(struct call *call)
{
	static const char *const states[] = {"online", "offline", "polling", "busy", "idle", "absent"};
	const char *name = call_query(call, "name"), *state = call_query(call, "status");
	int64_t until = deadline(call);
	struct runner *runner;
	bool known = false, reached;

	for (size_t i = 0; i < sizeof states / sizeof states[0] && state != NULL; i++)
		known = known || strcmp(states[i], state) == 0;
	if (name == NULL || !known) {
		call_error(call, MHD_HTTP_UNPROCESSABLE_CONTENT,
			"name, and status: online, offline, polling, busy, idle or absent");
		return;
	}
	do {
		runner = runner_by_name(call->store, NULL, name);
		reached = in_state(call->store, runner, state);
	} while (!reached && !call_client_gone(call) && store_wait(call->store, until));
	/* The last wait may have seen the runner go. */
	runner = runner_by_name(call->store, NULL, name);
	call_answer(call, reached ? MHD_HTTP_OK : MHD_HTTP_REQUEST_TIMEOUT,
		runner == NULL ? must(json_object()) : full_runner(call->store, runner));
}
