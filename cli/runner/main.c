/* cofferdam-runner: the supervisor of official GitHub Actions runners. `cofferdam runner …` executes it. */
#include "cli/runner/attach.h"
#include "cli/runner/configure.h"
#include "cli/runner/control.h"
#include "cli/runner/fetch.h"
#include "cli/runner/jobs.h"
#include "cli/runner/options.h"
#include "cli/runner/status.h"
#include "cli/subcommands.h"
#include "cli/usage.h"
#include "cli/wrap.h"
#include "common/cleanup.h"
#include "common/nearest.h"
#include "common/phrases.h"
#include "common/standard_fds.h"
#include "runner/check.h"
#include "runner/common/log.h"
#include "runner/common/shortage.h"
#include "runner/config/pool_file.h"
#include "runner/distribution/choose.h"
#include "runner/github/jit.h"
#include "runner/job/trash.h"
#include "runner/metrics/serve.h"
#include "runner/supervisor.h"
#include "runner/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INDENT 8 /* of a variable's help */

/* Logs the error. The exit code: that of a failure is for what comes and goes, since no restart mends the rest. */
static int failed(const struct error *err)
{
	log_error(err);
	return shortage_is(err->errnum) ? RUNNER_FAILED : RUNNER_USAGE;
}

/* Both are to be said; what no restart mends counts more. */
static int worse(int code, int other)
{
	return code == RUNNER_USAGE || other == RUNNER_OK ? code : other;
}

/* RUNNER_OK, or the exit code; the error has been logged. */
static int take_state(struct supervisor *supervisor)
{
	struct error err;

	if (state_open(&supervisor->state, supervisor->config.state_dir, &err) < 0) {
		if (err.hint[0] == '\0')
			error_hint(&err, "COFFERDAM_STATE_DIR: a directory of this user's, or where it can make one");
		return failed(&err);
	}
	if (state_lock(&supervisor->state, &err) == 0)
		return RUNNER_OK;
	log_error(&err);
	return RUNNER_FAILED;
}

static int check_jit(const struct secret *blob, struct error *err)
{
	_cleanup_(jit_free) struct jit_config jit = {0};

	if (blob->text == NULL || jit_decode(&jit, blob->text, blob->len, err) == 0)
		return 0;
	return error_context(err, "%s", credential_name(CREDENTIAL_JIT));
}

static int check_dotenv(const struct dist *dist)
{
	_cleanup_(problems_free) struct problems refused = {0}, said = {0};

	config_check_dotenv(dist, &refused, &said);
	runner_log_problems(&said);
	runner_log_problems(&refused);
	return refused.n > 0 ? -1 : 0;
}

/* What the environment names is there, and what it is said to be. Prints what is not. RUNNER_OK, or the exit code. */
static int check_named(struct supervisor *supervisor)
{
	const char *dir;
	struct error err;
	int code = RUNNER_OK;

	choose_fetched(&supervisor->config);
	dir = supervisor->config.runner_dir;
	if (dir[0] == '/' && dist_open(&supervisor->dist, dir, &err) < 0)
		code = failed(&err);
	else if (dir[0] == '/' && check_dotenv(&supervisor->dist) < 0)
		code = RUNNER_USAGE;
	if (check_jit(&supervisor->credentials.secrets[CREDENTIAL_JIT], &err) < 0)
		code = worse(code, failed(&err));
	if (administrator_check_key(&supervisor->administrator, &err) < 0)
		code = worse(code, failed(&err));
	if (check_profiles(supervisor, &err) < 0)
		code = worse(code, failed(&err));
	return code;
}

/* Is read as the variable, which it goes before. */
static int take_config(int id, const char *value, void *context, struct error *err)
{
	bool *is_given = context;

	(void)id;
	if (*is_given)
		return error_set(err, 0, PHRASE_GIVEN_AGAIN);
	*is_given = true;
	return setenv("COFFERDAM_CONFIG", value, 1) < 0 ? error_set(err, errno, "environment") : 0;
}

static int run_start(int argc, char **argv)
{
	_cleanup_(supervisor_free) struct supervisor supervisor = {.state = {.dirfd = -1, .lockfd = -1}};
	bool wrong, is_given = false;
	struct error err;
	int code;

	if (runner_read_options("runner start", argc, argv, take_config, &is_given, &err) < 0) {
		log_error(&err);
		return RUNNER_USAGE;
	}
	wrong = runner_configure(&supervisor, config_read) < 0;

	if (runner_prepare(&supervisor, &err) < 0) {
		log_error(&err);
		return wrong ? RUNNER_USAGE : RUNNER_FAILED;
	}
	code = worse(wrong ? RUNNER_USAGE : RUNNER_OK, check_named(&supervisor));
	if (code == RUNNER_OK)
		code = take_state(&supervisor);
	return code != RUNNER_OK ? code : supervise(&supervisor);
}

static int run_sweep(void)
{
	_cleanup_(supervisor_free) struct supervisor supervisor = {.state = {.dirfd = -1, .lockfd = -1}};
	struct trash trash = {.credentials = &supervisor.credentials, .administrator = &supervisor.administrator};
	struct error err;
	bool clean;
	int code;

	if (runner_configure(&supervisor, config_read_for_sweep) < 0)
		return RUNNER_USAGE;
	if (runner_prepare(&supervisor, &err) < 0) {
		log_error(&err);
		return RUNNER_FAILED;
	}
	if (administrator_check_key(&supervisor.administrator, &err) < 0)
		return failed(&err);
	/* Without it what config.sh has registered can still be deregistered by other means. */
	choose_fetched(&supervisor.config);
	dist_open(&supervisor.dist, supervisor.config.runner_dir, &err);
	code = take_state(&supervisor);
	if (code != RUNNER_OK)
		return code;
	clean = sweep(&supervisor, SWEEP_ALL) == 0;
	supervisor.stop.bound = STOP_DRAIN;
	clean &= trash_finish(&trash, &supervisor.state, &supervisor.stop, TRASH_LIMIT_NS);
	return clean ? RUNNER_OK : RUNNER_FAILED;
}

static int run_schema(void)
{
	struct error err;
	_cleanup_(freep) char *text = pool_file_schema(&err);

	if (text == NULL) {
		log_error(&err);
		return RUNNER_FAILED;
	}
	fputs(text, stdout);
	return runner_printed();
}

static void print_variables(void)
{
	puts("\nEnvironment:");
	for (const struct config_variable *v = config_variables; v->name != NULL; v++) {
		if (v->name[0] != '\0')
			printf("  %s\n", v->name);
		printf("%*s", INDENT, "");
		wrap_print(stdout, v->help, INDENT, INDENT, wrap_width(stdout));
	}
}

static void help_start(void)
{
	const struct cli_subcommand *row = cli_subcommand("runner start");

	usage_print_head(row, stdout);
	print_variables();
	usage_print_tail(row, stdout);
}

static void help_sweep(void)
{
	usage_print(cli_subcommand("runner sweep"), stdout);
}

static void help_schema(void)
{
	usage_print(cli_subcommand("runner schema"), stdout);
}

static void help_drain(void)
{
	usage_print(cli_subcommand("runner drain"), stdout);
}

static void help_stop(void)
{
	usage_print(cli_subcommand("runner stop"), stdout);
}

static void help_reload(void)
{
	usage_print(cli_subcommand("runner reload"), stdout);
}

static void help_attach(void)
{
	usage_print(cli_subcommand("runner attach"), stdout);
}

static void help_release(void)
{
	usage_print(cli_subcommand("runner release"), stdout);
}

static void help_fetch(void)
{
	usage_print(cli_subcommand("runner fetch"), stdout);
}

static void help_status(void)
{
	usage_print(cli_subcommand("runner status"), stdout);
}

static void help_top(void)
{
	usage_print(cli_subcommand("runner top"), stdout);
}

static void help_jobs(void)
{
	usage_print(cli_subcommand("runner jobs"), stdout);
}

static void help_cost(void)
{
	usage_print(cli_subcommand("runner cost"), stdout);
}

/* Those that run have rows in cli/subcommands.c. */
static const struct command {
	const char *name;
	int (*run)(void); /* without arguments */
	int (*run_with)(int argc, char **argv);
	void (*help)(void);
} commands[] = {
	{"start", NULL, run_start, help_start},
	{"fetch", NULL, runner_fetch, help_fetch},
	{"schema", run_schema, NULL, help_schema},
	{"sweep", run_sweep, NULL, help_sweep},
	{"status", NULL, runner_status, help_status},
	{"top", NULL, runner_top, help_top},
	{"jobs", NULL, runner_jobs, help_jobs},
	{"cost", NULL, runner_cost, help_cost},
	{"drain", NULL, runner_drain, help_drain},
	{"stop", NULL, runner_stop, help_stop},
	{"reload", NULL, runner_reload, help_reload},
	{"attach", NULL, runner_attach, help_attach},
	{"release", NULL, runner_release, help_release},
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void help(void)
{
	puts("Usage: cofferdam runner COMMAND\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		char path[32];

		snprintf(path, sizeof path, "runner %s", commands[i].name);
		wrap_print(stdout, cli_subcommand(path)->summary, printf("  %-8s ", commands[i].name), 11,
			wrap_width(stdout));
	}
	putchar('\n');
	wrap_print(stdout,
		"`cofferdam runner COMMAND --help` tells more, `cofferdam runner --version` prints the version. `cofferdam-runner` is the same program.",
		0, 0, wrap_width(stdout));
}

static bool is_help(const char *argument)
{
	return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

static int usage(const char *what, const char *argument)
{
	log_line("%s: %s (see `cofferdam runner --help`)", argument, what);
	return RUNNER_USAGE;
}

static int unknown(const char *name)
{
	struct nearest nearest;
	struct error err;

	nearest_start(&nearest, name);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		nearest_offer(&nearest, commands[i].name);
	error_set(&err, 0, "%s: unknown command", name);
	nearest_hint(&nearest, "cofferdam runner ",
		nearest_name(&nearest) != NULL ? "" : "see `cofferdam runner --help`", &err);
	log_error(&err);
	return RUNNER_USAGE;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	if (argc > 2 && is_help(argv[2])) {
		command->help();
		return runner_printed();
	}
	if (command->run_with != NULL)
		return command->run_with(argc - 1, argv + 1);
	if (argc > 2)
		return usage(PHRASE_UNEXPECTED_ARGUMENT, argv[2]);
	return command->run();
}

/* Before the environment is left: with a credential in it the program starts anew, and says this once. What is withheld
 * then is no value, and the name that it would be read as has left. */
static void translate(const char *command)
{
	_cleanup_(problems_free) struct problems said = {0};

	if (credentials_have_left() ||
		(strcmp(command, "start") != 0 && strcmp(command, "fetch") != 0 && strcmp(command, "sweep") != 0))
		return;
	inputs_translate(&said);
	runner_log_problems(&said);
}

int main(int argc, char **argv)
{
	const char *form = getenv("COFFERDAM_LOG");
	struct error err;

	standard_fds_open();
	if (form != NULL && strcmp(form, "json") == 0)
		log_as_json();
	if (form == NULL)
		log_to_journal(getenv("JOURNAL_STREAM"));
	translate(argc > 1 ? argv[1] : "");
	if (supervisor_harden(&err) < 0 || credentials_leave_environment(argv, &err) < 0) {
		log_error(&err);
		return RUNNER_FAILED;
	}
	if (argc < 2) {
		help();
		return RUNNER_USAGE;
	}
	if (is_help(argv[1])) {
		help();
		return runner_printed();
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("cofferdam-runner " COFFERDAM_VERSION);
		return runner_printed();
	}
	if (strcmp(argv[1], SERVE_COMMAND) == 0)
		return serve(argc - 1, argv + 1);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return run_command(&commands[i], argc, argv);
	return unknown(argv[1]);
}
