#include "tests/standin/worker/step_environment.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/worker/expression_functions.h"

#include <ctype.h>
#include <string.h>

/* Members of the context `github` that become GITHUB_<NAME>. The token is none of them. */
static const char *const github_names[] = {
	"action_ref",
	"action_repository",
	"actor",
	"actor_id",
	"api_url",
	"base_ref",
	"event_name",
	"event_path",
	"graphql_url",
	"head_ref",
	"job",
	"ref",
	"ref_name",
	"ref_protected",
	"ref_type",
	"repository",
	"repository_id",
	"repository_owner",
	"repository_owner_id",
	"retention_days",
	"run_attempt",
	"run_id",
	"run_number",
	"server_url",
	"sha",
	"triggering_actor",
	"workflow",
	"workflow_ref",
	"workflow_sha",
	"workspace",
};

static void set(json_t *all, const char *prefix, const char *name, const char *value)
{
	_cleanup_(freep) char *key = format("%s%s", prefix, name);

	for (char *p = key; p != NULL && *prefix != '\0' && *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	if (key != NULL)
		json_object_set_new_nocheck(all, key, json_stringn_nocheck(value, strlen(value)));
}

static void add_layer(json_t *all, const json_t *layer)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)layer, key, value) {
		_cleanup_(freep) char *text = expression_text(value);

		set(all, "", key, text == NULL ? "" : text);
	}
}

static void add_own(json_t *all)
{
	for (char **entry = environ; *entry != NULL; entry++) {
		_cleanup_(freep) char *copy = strdup(*entry);
		char *equals = copy == NULL ? NULL : strchr(copy, '=');

		if (equals == NULL)
			continue;
		*equals = '\0';
		set(all, "", copy, equals + 1);
	}
}

static void add_context(json_t *all, const json_t *context, const char *prefix, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_object_get(context, names[i]);
		_cleanup_(freep) char *text = value == NULL ? NULL : expression_text(value);

		if (text != NULL)
			set(all, prefix, names[i], text);
	}
}

static void add_path(json_t *all, const json_t *paths)
{
	const char *path = json_string_value(json_object_get(all, "PATH"));
	_cleanup_(freep) char *joined = strdup(path == NULL ? "" : path);
	json_t *each;
	size_t i = json_array_size(paths);

	while (i-- > 0 && joined != NULL) {
		char *longer;

		each = json_array_get(paths, i);
		longer = format("%s%s%s", json_string_value(each), *joined == '\0' ? "" : ":", joined);
		free(joined);
		joined = longer;
	}
	if (joined != NULL && *joined != '\0')
		set(all, "", "PATH", joined);
}

static char **to_vector(const json_t *all)
{
	char **vector = calloc(json_object_size(all) + 1, sizeof *vector);
	const char *key;
	json_t *value;
	size_t used = 0;

	if (vector == NULL)
		abort();
	json_object_foreach ((json_t *)all, key, value) {
		vector[used] = format("%s=%s", key, json_string_value(value));
		if (vector[used] != NULL)
			used++;
	}
	return vector;
}

char **step_environment(
	const struct work *work, const json_t *of_step, const char *action, const struct file_commands *files)
{
	static const char *const runner_names[] = {
		"name", "os", "arch", "temp", "tool_cache", "workspace", "environment"};
	json_t *all = json_object();
	char **vector;

	add_own(all);
	add_layer(all, work->environment);
	add_layer(all, of_step);
	add_context(all, json_object_get(work->contexts, "github"), "GITHUB_", github_names,
		sizeof github_names / sizeof *github_names);
	add_context(all, json_object_get(work->contexts, "runner"), "RUNNER_", runner_names,
		sizeof runner_names / sizeof *runner_names);
	set(all, "", "GITHUB_ACTION", action);
	set(all, "", "RUNNER_TRACKING_ID", work->tracking_id);
	for (int i = 0; i < FILE_COMMANDS; i++)
		set(all, "", file_commands_variable(i), files->path[i]);
	add_path(all, work->paths);
	vector = to_vector(all);
	json_decref(all);
	return vector;
}

void step_environment_free(char ***environment)
{
	for (char **p = *environment; p != NULL && *p != NULL; p++)
		free(*p);
	freep(environment);
}
