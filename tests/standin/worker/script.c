#include "tests/standin/worker/script.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/shared/fields.h"
#include "tests/standin/shared/root.h"
#include "tests/standin/worker/expression_functions.h"
#include "tests/standin/worker/tokens.h"

#include <string.h>

/* A name stands for a command line; anything with {0} is one itself. */
static const struct {
	const char *name;
	const char *command;
} shells[] = {
	{"bash", "bash --noprofile --norc -eo pipefail {0}"},
	{"sh", "sh -e {0}"},
	{"python", "python {0}"},
};

static const char *default_of(const json_t *defaults, const char *name)
{
	const char *text = NULL;
	json_t *each;
	size_t i;

	json_array_foreach (defaults, i, each) {
		const char *found = field_text(field(each, "run"), name);

		text = found == NULL ? text : found;
	}
	return text;
}

static int choose_shell(struct script *script, const char *name, struct error *err)
{
	if (strstr(name, "{0}") != NULL)
		script->command = strdup(name);
	for (size_t i = 0; script->command == NULL && i < sizeof shells / sizeof *shells; i++)
		if (strcmp(shells[i].name, name) == 0)
			script->command = strdup(shells[i].command);
	if (script->command == NULL)
		return error_set(err, 0, "Invalid shell option '%.80s'", name);
	return 0;
}

static int split_command(struct script *script, struct error *err)
{
	size_t count = 0;
	char *rest, *word;

	script->words = strdup(script->command);
	if (script->words == NULL)
		return error_set(err, ENOMEM, "shell");
	for (word = strtok_r(script->words, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
		if (count == SCRIPT_ARGUMENTS_MAX)
			return error_set(err, E2BIG, "shell '%.80s'", script->command);
		script->argv[count++] = strcmp(word, "{0}") == 0 ? script->file : word;
	}
	return 0;
}

int script_make(struct script *script, const struct work *work, const json_t *inputs, struct error *err)
{
	json_t *defaults = token_plain(field(work->message, "defaults"));
	const char *shell = field_text(inputs, "shell");
	const char *directory = field_text(inputs, "workingDirectory");
	_cleanup_(freep) char *name = NULL;
	char id[37];
	int rc;

	shell = shell == NULL ? default_of(defaults, "shell") : shell;
	directory = directory == NULL ? default_of(defaults, "working-directory") : directory;
	script->text = field_text(inputs, "script");
	if (directory == NULL || *directory == '\0')
		script->directory = strdup(work->workspace.directory);
	else
		script->directory =
			*directory == '/' ? strdup(directory) : format("%s/%s", work->workspace.directory, directory);
	rc = choose_shell(script, shell == NULL ? "bash" : shell, err);
	json_decref(defaults);
	if (rc < 0)
		return -1;
	if (script->text == NULL)
		return error_set(err, 0, "step: the input `script` is missing");
	root_uuid(id);
	name = format("%s.sh", id);
	script->file = format("%s/%s", work->workspace.temp, name);
	if (name == NULL || script->file == NULL || script->directory == NULL)
		return error_set(err, ENOMEM, "script");
	if (root_write(work->workspace.temp, name, 0644, script->text, strlen(script->text), err) < 0)
		return -1;
	return split_command(script, err);
}

/* The script, in cyan. */
static void show_lines(struct job_log *log, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		job_log_print(log, "\033[36;1m%.*s\033[0m", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

void script_show_header(const struct script *script, struct work *work, const json_t *environment)
{
	json_t *all = json_copy(work->environment), *value;
	const char *key;

	json_object_update(all, (json_t *)environment);
	job_log_print(&work->log, "##[group]Run %.*s", (int)strcspn(script->text, "\n"), script->text);
	show_lines(&work->log, script->text);
	job_log_print(&work->log, "shell: %s", script->command);
	if (json_object_size(all) > 0)
		job_log_line(&work->log, "env:");
	json_object_foreach (all, key, value) {
		_cleanup_(freep) char *text = expression_text(value);

		job_log_print(&work->log, "  %s: %s", key, text == NULL ? "" : text);
	}
	job_log_line(&work->log, "##[endgroup]");
	json_decref(all);
}

char *script_title(const json_t *step)
{
	static const char *const names[] = {"displayName", "displayNameToken", "name"};
	json_t *inputs = token_plain(field(step, "inputs"));
	const char *script = field_text(inputs, "script");
	char *title = NULL;

	for (size_t i = 0; title == NULL && i < sizeof names / sizeof *names; i++) {
		json_t *plain = token_plain(field(step, names[i]));

		/* A name "__run" is the service's for a step that has none. */
		if (json_string_length(plain) > 0 && strncmp(json_string_value(plain), "__", 2) != 0)
			title = strdup(json_string_value(plain));
		json_decref(plain);
	}
	if (title == NULL)
		title = script == NULL ? strdup("step") : format("Run %.*s", (int)strcspn(script, "\n"), script);
	json_decref(inputs);
	return title == NULL ? strdup("step") : title;
}

void script_end(struct script *script)
{
	free(script->file);
	free(script->directory);
	free(script->command);
	free(script->words);
	memset(script, 0, sizeof *script);
}
