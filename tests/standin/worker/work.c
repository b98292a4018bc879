#include "tests/standin/worker/work.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/shared/fields.h"
#include "tests/standin/shared/root.h"
#include "tests/standin/worker/tokens.h"

#include <string.h>
#include <strings.h>

static int read_connection(struct work *work, struct error *err)
{
	json_t *endpoint;
	size_t i;

	json_array_foreach (field_at(work->message, "resources.endpoints"), i, endpoint) {
		const char *name = field_text(endpoint, "name");
		const char *token = field_text(field_at(endpoint, "authorization.parameters"), "AccessToken");
		const char *url = field_text(endpoint, "url");

		if (name == NULL || strcasecmp(name, "SystemVssConnection") != 0 || token == NULL || url == NULL)
			continue;
		work->url = strdup(url);
		if (field_text(field(endpoint, "data"), "FeedStreamUrl") != NULL)
			work->log.live.url = strdup(field_text(field(endpoint, "data"), "FeedStreamUrl"));
		work->authorization = format("Bearer %s", token);
		masks_add(&work->log.masks, token);
	}
	if (work->url == NULL || work->authorization == NULL)
		return error_set(err, 0, "job message: no SystemVssConnection with url and AccessToken");
	while (*work->url != '\0' && work->url[strlen(work->url) - 1] == '/')
		work->url[strlen(work->url) - 1] = '\0';
	return 0;
}

/* mask[] holds regular expressions, which the service makes by escaping literals: undone here. */
static void add_mask(struct work *work, const json_t *entry)
{
	const char *value = json_is_string(entry) ? json_string_value(entry) : field_text(entry, "value");
	_cleanup_(freep) char *literal = value == NULL ? NULL : malloc(strlen(value) + 1);
	size_t used = 0;

	if (literal == NULL)
		return;
	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		literal[used++] = *p;
	}
	literal[used] = '\0';
	masks_add(&work->log.masks, literal);
	masks_add(&work->log.masks, value);
}

static void read_secrets(struct work *work)
{
	json_t *secrets = json_object(), *each;
	const char *key;
	size_t i;

	json_array_foreach (field(work->message, "mask"), i, each) {
		add_mask(work, each);
	}
	json_object_foreach (field(work->message, "variables"), key, each) {
		const char *value = field_text(each, "value");

		if (value == NULL || !field_true(each, "isSecret"))
			continue;
		masks_add(&work->log.masks, value);
		json_object_set_new(secrets, key, json_string(value));
	}
	json_object_set_new(work->contexts, "secrets", secrets);
}

static void set_results(struct work *work)
{
	const json_t *variable = field(field(work->message, "variables"), "system.github.results_endpoint");
	const char *base = json_is_string(variable) ? json_string_value(variable) : field_text(variable, "value");
	size_t len = base == NULL ? 0 : strlen(base);

	/* What follows the last slash is dropped, as by everybody who resolves a relative URL. */
	while (len > 0 && base[len - 1] != '/')
		len--;
	if (len > 0)
		work->log.results.url = format("%.*s", (int)len, base);
	work->log.results.authorization = work->authorization;
	work->log.results.plan_id = work->plan_id;
	work->log.results.job_id = work->job_id;
	work->log.live.authorization = work->authorization;
}

int work_read(struct work *work, const char *text, struct error *err)
{
	json_t *each;
	const char *key;

	work->message = json_loads(text, 0, NULL);
	if (!json_is_object(work->message))
		return error_set(err, 0, "job message: not a JSON object");
	work->contexts = json_object();
	work->environment = json_object();
	work->paths = json_array();
	work->annotations = json_array();
	work->step_results = json_array();
	work->job_id = field_text(work->message, "jobId");
	work->name = field_text(work->message, "jobDisplayName");
	work->plan_id = field_text(field(work->message, "plan"), "planId");
	if (work->job_id == NULL || work->name == NULL || work->plan_id == NULL)
		return error_set(err, 0, "job message: jobId, jobDisplayName or plan.planId is missing");
	if (read_connection(work, err) < 0)
		return -1;
	json_object_foreach (field(work->message, "contextData"), key, each) {
		json_object_set_new(work->contexts, key, context_plain(each));
	}
	if (!json_is_object(json_object_get(work->contexts, "github")) || *work_github(work, "repository") == '\0')
		return error_set(err, 0, "job message: contextData.github.repository is missing");
	if (*work_github(work, "token") != '\0')
		masks_add(&work->log.masks, work_github(work, "token"));
	read_secrets(work);
	set_results(work);
	return 0;
}

const char *work_github(const struct work *work, const char *name)
{
	const char *text = field_text(json_object_get(work->contexts, "github"), name);

	return text == NULL ? "" : text;
}

struct expression_scope work_scope(const struct work *work)
{
	return (struct expression_scope){
		.contexts = work->contexts, .failed = work->failed, .cancelled = work->cancelled || work->shut_down};
}

static int write_event(struct work *work, json_t *github, struct error *err)
{
	_cleanup_(freep) char *directory = format("%s/_github_workflow", work->workspace.temp);
	_cleanup_(freep) char *path = format("%s/_github_workflow/event.json", work->workspace.temp);
	_cleanup_(freep) char *text = NULL;
	const json_t *event = field(github, "event");

	if (directory == NULL || path == NULL)
		return error_set(err, ENOMEM, "event");
	text = json_is_object(event) ? json_dumps(event, JSON_INDENT(2)) : strdup("{}");
	if (text == NULL || root_make_directory(directory, err) < 0 ||
		root_write(directory, "event.json", 0644, text, strlen(text), err) < 0)
		return -1;
	json_object_set_new(github, "event_path", json_string(path));
	return 0;
}

int work_prepare(struct work *work, struct error *err)
{
	json_t *github = json_object_get(work->contexts, "github"), *each;
	const char *job_key = field_text(work->message, "jobName");
	struct expression_scope scope = work_scope(work);
	char id[37];
	size_t i;

	root_uuid(id);
	snprintf(work->tracking_id, sizeof work->tracking_id, "github_%s", id);
	json_object_set_new(github, "workspace", json_string(work->workspace.directory));
	if (*work_github(work, "job") == '\0')
		json_object_set_new(github, "job", json_string(job_key == NULL ? "job" : job_key));
	if (write_event(work, github, err) < 0)
		return -1;
	json_object_set_new(work->contexts, "runner",
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "name", work->settings.agent_name, "os", "Linux",
			"arch", "X64", "temp", work->workspace.temp, "tool_cache", work->workspace.tool, "workspace",
			work->workspace.runner, "environment", "self-hosted"));
	json_object_set_new(work->contexts, "steps", json_object());
	json_object_set_new(work->contexts, "job", json_pack("{s:s}", "status", "success"));
	json_object_set(work->contexts, "env", work->environment);
	json_array_foreach (field(work->message, "environmentVariables"), i, each) {
		json_t *plain = token_plain(each);
		json_t *expanded = expression_expand(plain, &scope, err);

		json_decref(plain);
		if (expanded == NULL)
			return -1;
		json_object_update(work->environment, expanded);
		json_decref(expanded);
	}
	return 0;
}

void work_annotate(struct work *work, const char *level, const char *message, const char *title)
{
	_cleanup_(freep) char *masked = masks_apply(&work->log.masks, message);
	json_t *text = json_string(masked);

	if (text == NULL)
		text = json_string("(not UTF-8)");
	json_array_append_new(
		work->annotations, json_pack("{s:s, s:o, s:s*}", "level", level, "message", text, "title", title));
}

void work_free(struct work *work)
{
	workspace_end(&work->workspace);
	job_log_close(&work->log);
	settings_free(&work->settings);
	json_decref(work->message);
	json_decref(work->contexts);
	json_decref(work->environment);
	json_decref(work->paths);
	json_decref(work->annotations);
	json_decref(work->step_results);
	free(work->url);
	free(work->authorization);
	memset(work, 0, sizeof *work);
}
