#include "tests/hub/message.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/clock.h"
#include "tests/hub/encode.h"
#include "tests/hub/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCK_S 600

/* Template tokens: a string stands for itself, a mapping is {"type":2,"map":[{"Key":…,"Value":…}]}. */
static json_t *mapping_token(json_t *object)
{
	json_t *pairs = must(json_array()), *value;
	const char *key;

	json_object_foreach (object, key, value) {
		json_array_append_new(pairs, must(json_pack("{s:s, s:O}", "Key", key, "Value", value)));
	}
	return must(json_pack("{s:i, s:o}", "type", 2, "map", pairs));
}

/* Context data: a string stands for itself, a dictionary is {"t":2,"d":[{"k":…,"v":…}]}. */
static json_t *dictionary(json_t *object)
{
	json_t *pairs = must(json_array()), *value;
	const char *key;

	json_object_foreach (object, key, value) {
		json_t *data = json_is_object(value) ? dictionary(value) : json_incref(value);

		json_array_append_new(pairs, must(json_pack("{s:s, s:o}", "k", key, "v", data)));
	}
	return must(json_pack("{s:i, s:o}", "t", 2, "d", pairs));
}

static json_t *github_context(const struct store *store, const struct job *job)
{
	_cleanup_(freep) char *run_id = must(format("%lld", (long long)job->id));
	_cleanup_(freep) char *owner = must(strndup(job->repository, strcspn(job->repository, "/")));
	_cleanup_(freep) char *api = must(format("%s/api/v3", store->settings.base));
	json_t *github =
		must(json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:{s:{s:s}}}",
			"repository", job->repository, "repository_owner", owner, "ref", "refs/heads/main", "ref_name",
			"main", "sha", "0000000000000000000000000000000000000000", "event_name", "workflow_dispatch",
			"actor", owner, "workflow", "hub", "job", job->name, "run_id", run_id, "run_number", run_id,
			"run_attempt", "1", "server_url", store->settings.base, "api_url", api, "event", "repository",
			"full_name", job->repository));
	json_t *data = dictionary(github);

	json_decref(github);
	return data;
}

static json_t *step_json(json_t *step, size_t index)
{
	_cleanup_(freep) char *id = random_uuid(), *context_name = must(format("__run_%zu", index + 1));
	const char *uses = json_string_value(json_object_get(step, "uses")); /* of the workspace: "./PATH" */
	const char *run = uses != NULL ? uses : json_string_value(json_object_get(step, "run"));
	const char *name = json_string_value(json_object_get(step, "name"));
	const char *condition = json_string_value(json_object_get(step, "if"));
	json_t *env = json_object_get(step, "env");
	_cleanup_(freep) char *shown =
		name != NULL ? copy_text(name) : must(format("Run %.*s", (int)strcspn(run, "\n"), run));
	json_t *inputs = must(json_pack("{s:s}", "script", run));
	json_t *json = must(json_pack("{s:s, s:{s:s}, s:s, s:s, s:s, s:s, s:s, s:o}", "type", "action", "reference",
		"type", "script", "id", id, "name", context_name, "contextName", context_name, "displayNameToken",
		shown, "condition", condition == NULL ? "success()" : condition, "inputs", mapping_token(inputs)));

	json_decref(inputs);
	if (uses != NULL)
		json_object_set_new(json, "reference",
			must(json_pack(
				"{s:s, s:s, s:s}", "type", "repository", "repositoryType", "self", "path", uses)));
	if (env != NULL)
		json_object_set_new(json, "environment", mapping_token(env));
	return json;
}

static json_t *steps_json(json_t *steps)
{
	json_t *list = must(json_array()), *step;
	size_t i;

	json_array_foreach (steps, i, step) {
		json_array_append_new(list, step_json(step, i));
	}
	return list;
}

/* A mask hint is a regular expression: what has a meaning there is escaped. */
static json_t *mask_hint(const char *secret)
{
	_cleanup_(freep) char *escaped = must(malloc(2 * strlen(secret) + 1));
	char *out = escaped;

	for (; *secret != '\0'; secret++) {
		if (strchr("\\*+?|{[()^$.#", *secret) != NULL)
			*out++ = '\\';
		*out++ = *secret;
	}
	*out = '\0';
	return must(json_pack("{s:s, s:s}", "type", "regex", "value", escaped));
}

static json_t *masks_json(const struct job *job, const char *token)
{
	json_t *list = must(json_array()), *secret;
	size_t i;

	json_array_append_new(list, mask_hint(token));
	json_array_foreach (job->mask, i, secret) {
		json_array_append_new(list, mask_hint(json_string_value(secret)));
	}
	return list;
}

static json_t *variables_json(const struct store *store, const struct job *job, const char *token)
{
	_cleanup_(freep) char *results = must(format("%s/results", store->settings.base));
	const struct {
		const char *name, *value;
		bool secret;
	} variables[] = {
		{"system.github.results_endpoint", results, false},
		{"system.culture", "en-US", false},
		{"system.github.job", job->name, false},
		{"system.jobId", job->job_id, false},
		{"system.planId", job->plan_id, false},
		{"system.github.token", token, true},
		{"github_token", token, true},
	};
	json_t *json = must(json_object());

	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
		json_t *variable = must(json_pack("{s:s}", "value", variables[i].value));

		if (variables[i].secret)
			json_object_set_new(variable, "isSecret", json_true());
		json_object_set_new(json, variables[i].name, variable);
	}
	return json;
}

static json_t *resources_json(const struct store *store, const char *token)
{
	_cleanup_(freep) char *url = must(format("%s/run/", store->settings.base));

	return must(json_pack("{s:[{s:s, s:s, s:{s:s, s:{s:s}}, s:{}, s:b, s:b}]}", "endpoints", "name",
		"SystemVssConnection", "url", url, "authorization", "scheme", "OAuth", "parameters", "AccessToken",
		token, "data", "isShared", 0, "isReady", 1));
}

json_t *message_json(const struct store *store, const struct job *job, const char *token)
{
	_cleanup_(freep) char *timeline = random_uuid(), *scope = random_uuid();
	char locked_until[ISO_TIME_MAX];
	json_t *environment = must(json_array());
	json_t *message;

	if (json_object_size(job->env) > 0)
		json_array_append_new(environment, mapping_token(job->env));
	message = must(json_pack("{s:s, s:{s:s, s:s, s:s, s:i}, s:{s:s}, s:s, s:s, s:s, s:I, s:s, s:[s]}",
		"messageType", "RunnerJobRequest", "plan", "scopeIdentifier", scope, "planType", "actions", "planId",
		job->plan_id, "version", 12, "timeline", "id", timeline, "jobId", job->job_id, "jobDisplayName",
		job->name, "jobName", job->name, "requestId", (json_int_t)job->id, "lockedUntil",
		iso_time(LOCK_S, locked_until), "fileTable", ".github/workflows/hub.yml"));
	json_object_set_new(message, "resources", resources_json(store, token));
	json_object_set_new(message, "contextData", must(json_pack("{s:o}", "github", github_context(store, job))));
	json_object_set_new(message, "variables", variables_json(store, job, token));
	json_object_set_new(message, "environmentVariables", environment);
	json_object_set_new(message, "mask", masks_json(job, token));
	json_object_set_new(message, "steps", steps_json(job->steps));
	return message;
}
