/* cofferdam-runner: the supervisor of official GitHub Actions runners. `cofferdam runner …` executes it. */
#include "cli/subcommands.h"
#include "cli/usage.h"
#include "cli/wrap.h"
#include "common/cleanup.h"
#include "common/phrases.h"
#include "common/standard_fds.h"
#include "runner/check.h"
#include "runner/common/log.h"
#include "runner/github/github.h"
#include "runner/github/jit.h"
#include "runner/job/trash.h"
#include "runner/supervisor.h"
#include "runner/sweep.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INDENT 8 /* of a variable's help */

static const char *environment(void *context, const char *name)
{
	(void)context;
	return getenv(name);
}

static void log_problems(const struct problems *problems)
{
	for (size_t i = 0; i < problems->n; i++)
		log_line("%s", problems->lines[i]);
}

typedef void read_config(struct config *config, const struct config_facts *facts, struct problems *problems);

/* Reads the environment; prints every problem there is. */
static int configure(struct supervisor *supervisor, read_config *read)
{
	_cleanup_(problems_free) struct problems problems = {0}, ignored = {0};
	struct config_facts facts = {.lookup = environment};
	char hostname[HOST_NAME_MAX + 1] = "";

	if (gethostname(hostname, sizeof hostname) < 0 || hostname[0] == '\0')
		strcpy(hostname, "runner");
	facts.hostname = hostname;
	if (geteuid() == 0)
		problem(&problems, "start it as an unprivileged user", PHRASE_REFUSING_ROOT);
	credentials_collect(&supervisor->credentials, &problems);
	for (size_t i = 0; i < CREDENTIAL_COUNT; i++)
		facts.given[i] = supervisor->credentials.secrets[i].text != NULL;
	read(&supervisor->config, &facts, &problems);
	if (read == config_read)
		config_check_names(environ, &problems, &ignored);
	log_problems(&ignored);
	log_problems(&problems);
	return problems.n > 0 ? -1 : 0;
}

static int prepare(struct supervisor *supervisor, struct error *err)
{
	stop_init(&supervisor->stop);
	return github_global_init(err) < 0 ? -1 : programs_find(&supervisor->programs, err);
}

/* What no restart mends: the directory is what it is. The others come and go. */
static bool is_shortage(int errnum)
{
	static const int some[] = {EAGAIN, EDQUOT, EINTR, EIO, EMFILE, ENFILE, ENOMEM, ENOSPC, ESTALE};

	for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
		if (errnum == some[i])
			return true;
	return false;
}

/* RUNNER_OK, or the exit code; the error has been logged. */
static int take_state(struct supervisor *supervisor)
{
	struct error err;
	int code = RUNNER_FAILED;

	if (state_open(&supervisor->state, supervisor->config.state_dir, &err) < 0) {
		if (!is_shortage(err.errnum))
			code = RUNNER_USAGE;
		if (err.hint[0] == '\0')
			error_hint(&err, "COFFERDAM_STATE_DIR: a directory of this user's, or where it can make one");
	} else if (state_lock(&supervisor->state, &err) == 0) {
		return RUNNER_OK;
	}
	log_error(&err);
	return code;
}

static int check_jit(const struct secret *blob, struct error *err)
{
	_cleanup_(jit_free) struct jit_config jit = {0};

	if (blob->text == NULL || jit_decode(&jit, blob->text, blob->len, err) == 0)
		return 0;
	return error_context(err, "%s", credential_name(CREDENTIAL_JIT));
}

/* What the environment names is there, and what it is said to be. Prints what is not. */
static int check_named(struct supervisor *supervisor)
{
	const char *dir = supervisor->config.runner_dir;
	struct error err;
	int result = 0;

	if (dir[0] == '/' && dist_open(&supervisor->dist, dir, &err) < 0) {
		log_error(&err);
		result = -1;
	}
	if (check_jit(&supervisor->credentials.secrets[CREDENTIAL_JIT], &err) < 0) {
		log_error(&err);
		result = -1;
	}
	if (check_profile(supervisor, &err) < 0) {
		error_context(&err, "COFFERDAM_PROFILE");
		log_error(&err);
		result = -1;
	}
	return result;
}

static int run_start(void)
{
	_cleanup_(supervisor_free) struct supervisor supervisor = {.state = {.dirfd = -1, .lockfd = -1}};
	bool wrong = configure(&supervisor, config_read) < 0;
	struct error err;
	int code;

	if (prepare(&supervisor, &err) < 0) {
		log_error(&err);
		return wrong ? RUNNER_USAGE : RUNNER_FAILED;
	}
	wrong |= check_named(&supervisor) < 0;
	if (wrong)
		return RUNNER_USAGE;
	code = take_state(&supervisor);
	return code != RUNNER_OK ? code : supervise(&supervisor);
}

static int run_sweep(void)
{
	_cleanup_(supervisor_free) struct supervisor supervisor = {.state = {.dirfd = -1, .lockfd = -1}};
	struct trash trash = {0};
	struct error err;
	bool clean;
	int code;

	if (configure(&supervisor, config_read_for_sweep) < 0)
		return RUNNER_USAGE;
	if (prepare(&supervisor, &err) < 0) {
		log_error(&err);
		return RUNNER_FAILED;
	}
	/* Without it what config.sh has registered can still be deregistered by other means. */
	dist_open(&supervisor.dist, supervisor.config.runner_dir, &err);
	code = take_state(&supervisor);
	if (code != RUNNER_OK)
		return code;
	clean = sweep(&supervisor, SWEEP_ALL) == 0;
	supervisor.stop.bound = STOP_DRAIN;
	clean &= trash_finish(&trash, &supervisor.state, &supervisor.stop, TRASH_LIMIT_NS);
	return clean ? RUNNER_OK : RUNNER_FAILED;
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

/* Those that run have rows in cli/subcommands.c. */
static const struct command {
	const char *name;
	int (*run)(void); /* NULL: not supported yet */
	void (*help)(void);
	const char *later; /* what stands for it until then */
} commands[] = {
	{"start", run_start, help_start, NULL},
	{"sweep", run_sweep, help_sweep, NULL},
	{"status", NULL, NULL, PHRASE_NOT_YET},
	{"drain", NULL, NULL, PHRASE_NOT_YET ": send SIGTERM to `start`"},
	{"stop", NULL, NULL, PHRASE_NOT_YET ": send SIGTERM twice to `start`"},
	{"jobs", NULL, NULL, PHRASE_NOT_YET ": see reports/ in the state directory"},
	{"cost", NULL, NULL, PHRASE_NOT_YET},
	{"fetch", NULL, NULL, PHRASE_NOT_YET ": unpack the official runner to RUNNER_DIR"},
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void help(void)
{
	puts("Usage: cofferdam runner COMMAND\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		char path[32];

		snprintf(path, sizeof path, "runner %s", commands[i].name);
		wrap_print(stdout, commands[i].later != NULL ? commands[i].later : cli_subcommand(path)->summary,
			printf("  %-8s ", commands[i].name), 11, wrap_width(stdout));
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

/* The exit code once all is printed on standard output. */
static int printed(void)
{
	struct error err;

	if (fflush(stdout) == 0 && !ferror(stdout))
		return RUNNER_OK;
	error_set(&err, errno, "standard output");
	log_error(&err);
	return RUNNER_FAILED;
}

static int usage(const char *what, const char *argument)
{
	log_line("%s: %s (see `cofferdam runner --help`)", argument, what);
	return RUNNER_USAGE;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	if (command->run == NULL)
		return usage(command->later, command->name);
	if (argc > 2 && is_help(argv[2])) {
		command->help();
		return printed();
	}
	if (argc > 2 && strncmp(argv[2], "--config", 8) == 0)
		return usage(PHRASE_NOT_YET ": configure it by environment variables", "--config");
	if (argc > 2)
		return usage(PHRASE_UNEXPECTED_ARGUMENT, argv[2]);
	return command->run();
}

int main(int argc, char **argv)
{
	struct error err;

	standard_fds_open();
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
		return printed();
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("cofferdam-runner " COFFERDAM_VERSION);
		return printed();
	}
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return run_command(&commands[i], argc, argv);
	return usage("unknown command", argv[1]);
}
