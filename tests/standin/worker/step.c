#include "tests/standin/worker/step.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/shared/clock.h"
#include "tests/standin/shared/fields.h"
#include "tests/standin/shared/frame.h"
#include "tests/standin/worker/channel.h"
#include "tests/standin/worker/commands.h"
#include "tests/standin/worker/plugin.h"
#include "tests/standin/worker/script.h"
#include "tests/standin/worker/step_environment.h"
#include "tests/standin/worker/step_process.h"
#include "tests/standin/worker/tokens.h"

#include <string.h>

enum outcome {
	OUTCOME_SUCCESS,
	OUTCOME_FAILURE,
	OUTCOME_CANCELLED,
	OUTCOME_SKIPPED,
};

/* The name in expressions, and the one of TaskResult at the run service. */
static const struct {
	const char *context;
	const char *result;
} outcomes[] = {
	[OUTCOME_SUCCESS] = {"success", "succeeded"},
	[OUTCOME_FAILURE] = {"failure", "failed"},
	[OUTCOME_CANCELLED] = {"cancelled", "canceled"},
	[OUTCOME_SKIPPED] = {"skipped", "skipped"},
};

struct step {
	struct work *work;
	const json_t *json;
	size_t number;
	const char *name; /* contextName, or "__run" */
	const char *id;   /* a UUID */
	char *title;
	json_t *inputs;      /* expanded */
	json_t *environment; /* expanded */
	json_t *outputs;
	bool survives_cancel;
	struct command_state commands;
	char started[STAMP_SIZE];
};

static void on_line(void *user, const char *line)
{
	struct step *step = user;

	commands_line(step->work, &step->commands, line);
}

static void on_tick(void *user)
{
	struct step *step = user;

	job_log_flush(&step->work->log, false);
}

static void note_request(struct work *work)
{
	int request = channel_request();

	work->shut_down = work->shut_down || request >= FRAME_RUNNER_SHUTDOWN;
	work->cancelled = work->cancelled || request != 0;
}

static void fail(struct step *step, const char *message)
{
	job_log_print(&step->work->log, "##[error]%s", message);
	work_annotate(step->work, "failure", message, NULL);
}

/* A member of the step that is a template token, with its expressions evaluated; a new reference, NULL on error. */
static json_t *expanded(const struct step *step, const char *name, struct error *err)
{
	struct expression_scope scope = work_scope(step->work);
	json_t *plain = token_plain(field(step->json, name));
	json_t *value = expression_expand(plain, &scope, err);

	json_decref(plain);
	return value;
}

/* The context `env`: the job's environment, and over it the step's. */
static void set_env_context(struct step *step)
{
	json_t *env = json_copy(step->work->environment);

	json_object_update(env, step->environment);
	json_object_set_new(step->work->contexts, "env", env);
}

static int expand_step(struct step *step, struct error *err)
{
	bool old_name = field(step->json, "environment") == NULL;

	set_env_context(step);
	step->environment = expanded(step, old_name ? "env" : "environment", err);
	if (step->environment == NULL)
		return -1;
	set_env_context(step);
	step->inputs = expanded(step, "inputs", err);
	return step->inputs == NULL ? -1 : 0;
}

/* 1 run, 0 skip, < 0 error. */
static int condition(struct step *step, struct error *err)
{
	const char *text = field_text(step->json, "condition");
	struct expression_scope scope = work_scope(step->work);
	struct error ignored;

	text = text == NULL ? "" : text;
	scope.cancelled = true;
	step->survives_cancel = expression_condition(text, &scope, &ignored) == 1;
	scope = work_scope(step->work);
	return expression_condition(text, &scope, err);
}

static enum outcome judge(struct step *step, const struct step_process *process)
{
	char message[64];

	note_request(step->work);
	if (process->timed_out) {
		fail(step, "The action has timed out.");
		return OUTCOME_FAILURE;
	}
	if (process->ended_by_request) {
		job_log_line(&step->work->log, "##[error]The operation was canceled.");
		return OUTCOME_CANCELLED;
	}
	if (process->code == 0)
		return OUTCOME_SUCCESS;
	snprintf(message, sizeof message, "Process completed with exit code %d.", process->code);
	fail(step, message);
	return OUTCOME_FAILURE;
}

static void upload_summary(struct step *step, const char *summary)
{
	struct error err;

	if (summary != NULL && *summary != '\0' &&
		results_summary(&step->work->log.results, step->id, summary, &err) < 0)
		job_log_failed(&step->work->log, &err);
}

static enum outcome run_process(
	struct step *step, char *const *argv, const char *directory, const char *input, struct file_commands *files)
{
	_cleanup_(step_environment_free) char **environment =
		step_environment(step->work, step->environment, step->name, files);
	struct step_process process = {
		.argv = argv,
		.environment = environment,
		.directory = directory,
		.input = input,
		.timeout_ms = field_number(step->json, "timeoutInMinutes", 0) * 60000,
		.survives_cancel = step->survives_cancel,
		.on_line = on_line,
		.on_tick = on_tick,
		.user = step,
	};
	_cleanup_(freep) char *summary = NULL;
	enum outcome outcome;
	struct error err;

	if (step_process_run(&process, &err) < 0) {
		fail(step, err.text);
		return OUTCOME_FAILURE;
	}
	outcome = judge(step, &process);
	if (file_commands_read(files, step->work->environment, step->work->paths, step->outputs, &summary, &err) < 0) {
		fail(step, err.text);
		return outcome == OUTCOME_SUCCESS ? OUTCOME_FAILURE : outcome;
	}
	upload_summary(step, summary);
	return outcome;
}

static enum outcome run_script(struct step *step)
{
	_cleanup_(script_end) struct script script = {0};
	_cleanup_(file_commands_end) struct file_commands files = {{NULL}};
	struct error err;

	if (script_make(&script, step->work, step->inputs, &err) < 0 ||
		file_commands_make(&files, step->work->workspace.commands, &err) < 0) {
		fail(step, err.text);
		return OUTCOME_FAILURE;
	}
	script_show_header(&script, step->work, step->environment);
	return run_process(step, script.argv, script.directory, NULL, &files);
}

static enum outcome run_plugin(struct step *step)
{
	_cleanup_(plugin_end) struct plugin plugin = {NULL, NULL, {NULL}};
	_cleanup_(file_commands_end) struct file_commands files = {{NULL}};
	struct error err;

	if (plugin_make(&plugin, step->work, field(step->json, "reference"), &err) < 0 ||
		file_commands_make(&files, step->work->workspace.commands, &err) < 0) {
		fail(step, err.text);
		return OUTCOME_FAILURE;
	}
	return run_process(step, plugin.argv, step->work->workspace.directory, plugin.context, &files);
}

static enum outcome run_or_skip(struct step *step)
{
	const char *type = field_text(field(step->json, "reference"), "type");
	struct error err;
	int wanted;

	note_request(step->work);
	if (step->work->shut_down)
		return OUTCOME_SKIPPED;
	wanted = condition(step, &err);
	if (wanted == 0)
		return OUTCOME_SKIPPED;
	if (wanted > 0 && type != NULL && strcasecmp(type, "script") != 0 && strcasecmp(type, "repository") != 0)
		wanted = error_set(&err, 0, "%s: the stand-in runs `run:` steps and a plugin only", step->title);
	if (wanted < 0 || expand_step(step, &err) < 0) {
		fail(step, err.text);
		return OUTCOME_FAILURE;
	}
	return type != NULL && strcasecmp(type, "repository") == 0 ? run_plugin(step) : run_script(step);
}

static void note_result(struct step *step, enum outcome outcome)
{
	bool forgiven = outcome == OUTCOME_FAILURE && field_true(step->json, "continueOnError");
	enum outcome conclusion = forgiven ? OUTCOME_SUCCESS : outcome;
	json_t *work_steps = json_object_get(step->work->contexts, "steps");
	_cleanup_(freep) char *title = masks_apply(&step->work->log.masks, step->title);
	char now[STAMP_SIZE];

	if (outcome == OUTCOME_FAILURE && !forgiven)
		step->work->failed = true;
	json_object_set_new(work_steps, step->name,
		json_pack("{s:O, s:s, s:s}", "outputs", step->outputs, "outcome", outcomes[outcome].context,
			"conclusion", outcomes[conclusion].context));
	json_object_set_new(json_object_get(step->work->contexts, "job"), "status",
		json_string(step->work->cancelled ? "cancelled"
			    : step->work->failed  ? "failure"
						  : "success"));
	clock_iso(now);
	json_array_append_new(step->work->step_results,
		json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:s}", "external_id", step->id, "number",
			(json_int_t)step->number, "name", title, "status", "completed", "conclusion",
			outcomes[conclusion].result, "started_at", step->started, "completed_at", now));
}

void step_tell(
	struct work *work, const char *id, size_t number, const char *name, const char *started, const char *conclusion)
{
	/* The numbers of the service's enumerations. */
	static const struct {
		const char *word;
		json_int_t number;
	} conclusions[] = {{"success", 2}, {"failure", 3}, {"cancelled", 4}, {"skipped", 7}};
	json_t *step = json_pack("{s:s, s:I, s:s, s:i, s:i, s:s}", "external_id", id, "number", (json_int_t)number,
		"name", name, "status", conclusion == NULL ? 3 : 6, "conclusion", 0, "started_at", started);
	char now[STAMP_SIZE];
	struct error err;

	for (size_t i = 0; conclusion != NULL && i < sizeof conclusions / sizeof conclusions[0]; i++)
		if (strcmp(conclusions[i].word, conclusion) == 0)
			json_object_set_new(step, "conclusion", json_integer(conclusions[i].number));
	clock_iso(now);
	json_object_set_new(step, "completed_at", conclusion == NULL ? json_null() : json_string(now));
	if (results_step(&work->log.results, step, &err) < 0)
		job_log_failed(&work->log, &err);
}

void step_run(struct work *work, const json_t *json, size_t number)
{
	struct step step = {.work = work, .json = json, .number = number, .outputs = json_object()};
	const char *name = field_text(json, "contextName");
	_cleanup_(freep) char *shown = NULL;
	enum outcome outcome;

	step.name = name == NULL || *name == '\0' ? "__run" : name;
	step.title = script_title(json);
	step.id = field_text(json, "id");
	if (step.id == NULL)
		step.id = step.name;
	shown = masks_apply(&work->log.masks, step.title);
	clock_iso(step.started);
	job_log_begin_step(&work->log, step.id);
	step_tell(work, step.id, number + 1, shown, step.started, NULL);
	outcome = run_or_skip(&step);
	note_result(&step, outcome);
	job_log_end_step(&work->log);
	step_tell(work, step.id, number + 1, shown, step.started, outcomes[outcome].context);
	commands_end(&step.commands);
	json_decref(step.inputs);
	json_decref(step.environment);
	json_decref(step.outputs);
	free(step.title);
}
