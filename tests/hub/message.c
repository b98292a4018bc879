#include "tests/hub/message.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/blobs.h"
#include "tests/hub/clock.h"
#include "tests/hub/encode.h"
#include "tests/hub/feed.h"
#include "tests/hub/memory.h"
#include "tests/hub/template.h"
#include "tests/hub/tenant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCK_S 600
#define IMAGE "docker://"

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
			"actor", owner, "workflow", job->workflow, "job", job->name, "run_id", run_id, "run_number",
			run_id, "run_attempt", "1", "server_url", store->settings.base, "api_url", api, "event",
			"repository", "full_name", job->repository));
	json_t *data;

	json_object_update(github, json_object_get(job->context, "github"));
	data = dictionary(github);
	json_decref(github);
	return data;
}

/* All contexts that a job has, with those of its own, of which github adds to what is there; an action's outputs are
 * evaluated only when none is missing. */
static json_t *contexts_json(const struct store *store, const struct job *job)
{
	json_t *strategy = must(
		json_pack("{s:b, s:i, s:i, s:i}", "fail-fast", 1, "job-index", 0, "job-total", 1, "max-parallel", 1));
	json_t *none = must(json_object());
	json_t *contexts = must(json_pack("{s:o, s:o, s:o, s:o, s:o, s:n}", "github", github_context(store, job),
		       "strategy", dictionary(strategy), "inputs", dictionary(none), "needs", dictionary(none), "vars",
		       dictionary(none), "matrix")),
	       *value;
	const char *name;

	json_decref(strategy);
	json_decref(none);
	json_object_foreach (job->context, name, value) {
		if (strcmp(name, "github") != 0)
			json_object_set_new(contexts, name, dictionary(value));
	}
	return contexts;
}

/* What `uses` names: "./PATH" of the workspace, "docker://IMAGE", or "OWNER/NAME[/PATH]@REF". */
static json_t *reference_json(const char *uses)
{
	size_t owner = strcspn(uses, "/"), name, full;
	const char *at = strrchr(uses, '@');
	json_t *reference;

	if (strncmp(uses, IMAGE, strlen(IMAGE)) == 0)
		return must(json_pack("{s:s, s:s}", "type", "containerRegistry", "image", uses + strlen(IMAGE)));
	if (strncmp(uses, "./", 2) == 0 || at == NULL)
		return must(json_pack("{s:s, s:s, s:s}", "type", "repository", "repositoryType", "self", "path", uses));
	name = uses[owner] == '\0' ? 0 : strcspn(uses + owner + 1, "/@");
	full = owner + 1 + name;
	reference = must(json_pack("{s:s, s:s, s:s%, s:s}", "type", "repository", "repositoryType", "GitHub", "name",
		uses, full, "ref", at + 1));
	if (uses + full < at)
		json_object_set_new(
			reference, "path", must(json_stringn(uses + full + 1, (size_t)(at - uses) - full - 1)));
	return reference;
}

/* The inputs of an action, or what a step gives the shell, by the names that the runner has for it. */
static json_t *step_inputs(json_t *step)
{
	static const char *const names[][2] = {{"shell", "shell"}, {"working-directory", "workingDirectory"}};
	json_t *inputs = must(json_object()), *token;

	if (json_object_get(step, "uses") == NULL)
		json_object_set(inputs, "script", json_object_get(step, "run"));
	json_object_update(inputs, json_object_get(step, "with"));
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		json_t *value = json_object_get(step, names[i][0]);

		if (value != NULL)
			json_object_set(inputs, names[i][1], value);
	}
	token = template_token(inputs);
	json_decref(inputs);
	return token;
}

static void set_token(json_t *json, const char *key, json_t *value)
{
	if (value != NULL)
		json_object_set_new(json, key, template_token(value));
}

static json_t *step_json(json_t *step, size_t index)
{
	_cleanup_(freep) char *id = random_uuid(), *usual = must(format("__run_%zu", index + 1));
	const char *uses = json_string_value(json_object_get(step, "uses"));
	const char *run = uses != NULL ? uses : json_string_value(json_object_get(step, "run"));
	const char *name = json_string_value(json_object_get(step, "name"));
	const char *context = json_string_value(json_object_get(step, "id"));
	_cleanup_(freep) char *condition = template_condition(json_string_value(json_object_get(step, "if")));
	_cleanup_(freep) char *shown =
		name != NULL ? copy_text(name) : must(format("Run %.*s", (int)strcspn(run, "\n"), run));
	json_t *json;

	context = context == NULL ? usual : context;
	json = must(json_pack("{s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:o}", "type", "action", "reference",
		uses != NULL ? reference_json(uses) : must(json_pack("{s:s}", "type", "script")), "id", id, "name",
		context, "contextName", context, "displayNameToken", shown, "condition", condition, "inputs",
		step_inputs(step)));
	set_token(json, "environment", json_object_get(step, "env"));
	set_token(json, "timeoutInMinutes", json_object_get(step, "timeout-minutes"));
	set_token(json, "continueOnError", json_object_get(step, "continue-on-error"));
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
	_cleanup_(freep) char *results = must(format("%s/results/", store->settings.base));
	_cleanup_(freep) char *launch = must(format("%s/", store->settings.base));
	bool sdk = store->settings.blob_form == BLOB_AZURE_SDK, older = store->settings.older;
	const struct {
		const char *name, *value; /* value NULL: not in the v1 flow */
		bool secret;
	} variables[] = {
		{"system.github.results_endpoint", older ? NULL : results, false},
		{"system.github.launch_endpoint", older ? NULL : launch, false},
		{"system.github.results_upload_with_sdk",
			older ? NULL
			: sdk ? "true"
			      : "false",
			false},
		{"system.culture", "en-US", false},
		{"DistributedTask.EnhancedAnnotations", "true", false},
		{"DistributedTask.AllowRunnerContainerHooks", "true", false},
		{"actions_uses_cache_service_v2", older ? NULL : "true", false},
		{"actions_display_helpful_actions_download_errors", "true", false},
		{"system.github.job", job->name, false},
		{"system.jobId", job->job_id, false},
		{"system.planId", job->plan_id, false},
		{"system.github.token", token, true},
		{"github_token", token, true},
	};
	json_t *json = must(json_object());

	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
		json_t *variable;

		if (variables[i].value == NULL)
			continue;
		variable = must(json_pack("{s:s}", "value", variables[i].value));
		if (variables[i].secret)
			json_object_set_new(variable, "isSecret", json_true());
		json_object_set_new(json, variables[i].name, variable);
	}
	return json;
}

/* In the v1 flow the Worker talks to the tenant alone: no results service, and no websocket. */
static json_t *older_resources_json(const struct store *store, const char *token)
{
	_cleanup_(freep) char *url = tenant_url(store);

	return must(json_pack("{s:[{s:s, s:s, s:{s:s, s:{s:s}}, s:{}, s:b, s:b}]}", "endpoints", "name",
		"SystemVssConnection", "url", url, "authorization", "scheme", "OAuth", "parameters", "AccessToken",
		token, "data", "isShared", 0, "isReady", 1));
}

static json_t *resources_json(const struct store *store, const char *token)
{
	_cleanup_(freep) char *url = must(format("%s/run/", store->settings.base));
	_cleanup_(freep) char *results = must(format("%s/results/", store->settings.base));
	_cleanup_(freep) char *feed = must(format("ws%s" FEED_PATH, store->settings.base + strlen("http")));

	return must(json_pack("{s:[{s:s, s:s, s:{s:s, s:{s:s}}, s:{s:s, s:s}, s:b, s:b}]}", "endpoints", "name",
		"SystemVssConnection", "url", url, "authorization", "scheme", "OAuth", "parameters", "AccessToken",
		token, "data", "FeedStreamUrl", feed, "ResultsServiceUrl", results, "isShared", 0, "isReady", 1));
}

json_t *message_json(const struct store *store, const struct job *job, const char *token)
{
	_cleanup_(freep) char *scope = random_uuid();
	bool older = store->settings.older;
	char locked_until[ISO_TIME_MAX];
	json_t *environment = must(json_array());
	json_t *message;

	if (json_object_size(job->env) > 0)
		json_array_append_new(environment, template_token(job->env));
	message = must(json_pack("{s:s, s:{s:s, s:s, s:s, s:i}, s:{s:s}, s:s, s:s, s:s, s:I, s:s, s:[s]}",
		"messageType", older ? "PipelineAgentJobRequest" : "RunnerJobRequest", "plan", "scopeIdentifier", scope,
		"planType", "actions", "planId", job->plan_id, "version", 12, "timeline", "id", job->timeline_id,
		"jobId", job->job_id, "jobDisplayName", job->name, "jobName", job->name, "requestId",
		(json_int_t)job->id, "lockedUntil", iso_time(LOCK_S, locked_until), "fileTable",
		".github/workflows/hub.yml"));
	json_object_set_new(
		message, "resources", older ? older_resources_json(store, token) : resources_json(store, token));
	json_object_set_new(message, "contextData", contexts_json(store, job));
	if (json_object_size(job->job_outputs) > 0)
		json_object_set_new(message, "jobOutputs", template_token(job->job_outputs));
	set_token(message, "jobContainer", job->container);
	set_token(message, "jobServiceContainers", job->services);
	json_object_set_new(message, "variables", variables_json(store, job, token));
	json_object_set_new(message, "environmentVariables", environment);
	json_object_set_new(message, "mask", masks_json(job, token));
	json_object_set_new(message, "steps", steps_json(job->steps));
	return message;
}
