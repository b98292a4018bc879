/* cofferdam-runner: the supervisor of official GitHub Actions runners. `cofferdam runner …` executes it. */
#include "common/cleanup.h"
#include "common/standard_fds.h"
#include "runner/github.h"
#include "runner/log.h"
#include "runner/supervisor.h"
#include "runner/sweep.h"
#include "runner/trash.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *environment(void *context, const char *name)
{
	(void)context;
	return getenv(name);
}

typedef void read_config(struct config *config, const struct config_facts *facts, struct problems *problems);

/* Reads the environment; prints every problem there is. */
static int configure(struct supervisor *supervisor, read_config *read)
{
	_cleanup_(problems_free) struct problems problems = {0};
	struct config_facts facts = {.lookup = environment};
	char hostname[HOST_NAME_MAX + 1] = "";

	if (gethostname(hostname, sizeof hostname) < 0 || hostname[0] == '\0')
		strcpy(hostname, "runner");
	facts.hostname = hostname;
	if (geteuid() == 0)
		problem(&problems, "become an unprivileged user first", "root: refused");
	credentials_collect(&supervisor->credentials, &problems);
	for (size_t i = 0; i < CREDENTIAL_COUNT; i++)
		facts.given[i] = supervisor->credentials.secrets[i].text != NULL;
	read(&supervisor->config, &facts, &problems);
	for (size_t i = 0; i < problems.n; i++)
		log_line("%s", problems.lines[i]);
	return problems.n > 0 ? -1 : 0;
}

static int prepare(struct supervisor *supervisor, bool needs_dist, struct error *err)
{
	const struct config *config = &supervisor->config;

	stop_init(&supervisor->stop);
	if (github_global_init(err) < 0 || programs_find(&supervisor->programs, err) < 0)
		return -1;
	if (dist_open(&supervisor->dist, config->runner_dir, err) < 0 && needs_dist)
		return -1;
	if (state_open(&supervisor->state, config->state_dir, err) < 0)
		return -1;
	return state_lock(&supervisor->state, err);
}

static int run_start(void)
{
	_cleanup_(supervisor_free) struct supervisor supervisor = {.state = {.dirfd = -1, .lockfd = -1}};
	struct error err;

	if (configure(&supervisor, config_read) < 0)
		return RUNNER_USAGE;
	if (prepare(&supervisor, true, &err) < 0) {
		log_error(&err);
		return RUNNER_FAILED;
	}
	return supervise(&supervisor);
}

static int run_sweep(void)
{
	_cleanup_(supervisor_free) struct supervisor supervisor = {.state = {.dirfd = -1, .lockfd = -1}};
	struct trash trash = {0};
	struct error err;
	bool clean;

	if (configure(&supervisor, config_read_for_sweep) < 0)
		return RUNNER_USAGE;
	if (prepare(&supervisor, false, &err) < 0) {
		log_error(&err);
		return RUNNER_FAILED;
	}
	clean = sweep(&supervisor, SWEEP_ALL) == 0;
	supervisor.stop.bound = STOP_DRAIN;
	clean &= trash_finish(&trash, &supervisor.state, &supervisor.stop, TRASH_LIMIT_NS);
	return clean ? RUNNER_OK : RUNNER_FAILED;
}

static void print_variables(void)
{
	puts("\nEnvironment:");
	for (const struct config_variable *v = config_variables; v->name != NULL; v++)
		printf("  %-30s  %s\n", v->name, v->help);
}

static void help_start(void)
{
	puts("Usage: cofferdam-runner start\n\n"
	     "Registers the runner, runs each job in a fresh sandbox, removes everything afterwards.\n"
	     "Stays in the foreground. The first SIGTERM or SIGINT finishes the running job, then leaves; the second\n"
	     "cancels it; the third ends it at once. The runner is deregistered in every case.");
	print_variables();
	puts("\nExit status: 0 done, 1 failed, or a runner may be left registered (which has been said; the next "
	     "start\n"
	     "asks again), 2 wrong command line or environment (nothing was done), 3 GitHub refuses the registration "
	     "(the\n"
	     "credential, the name, the group), 7 GitHub does not take this version of the official runner any more. "
	     "A\n"
	     "restart helps after 1 only.");
}

static void help_sweep(void)
{
	puts("Usage: cofferdam-runner sweep\n\n"
	     "Cleans up after a supervisor that was killed: processes, directories, registrations. `start` does the "
	     "same\n"
	     "before it begins. Takes COFFERDAM_STATE_DIR, RUNNER_DIR, and GITHUB_URL with a credential to "
	     "deregister.\n\n"
	     "Exit status: 0 nothing is left, 1 something is left, 2 wrong command line or environment.");
}

static const struct command {
	const char *name;
	const char *summary;
	int (*run)(void); /* NULL: not in this version */
	void (*help)(void);
} commands[] = {
	{"start", "register, run jobs, stay in the foreground", run_start, help_start},
	{"sweep", "clean up after a supervisor that was killed", run_sweep, help_sweep},
	{"status", "not in this version", NULL, NULL},
	{"drain", "not in this version: send SIGTERM to `start`", NULL, NULL},
	{"stop", "not in this version: send SIGTERM twice to `start`", NULL, NULL},
	{"jobs", "not in this version: see reports/ in the state directory", NULL, NULL},
	{"cost", "not in this version", NULL, NULL},
	{"fetch", "not in this version: unpack the official runner to RUNNER_DIR", NULL, NULL},
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void help(void)
{
	puts("Usage: cofferdam-runner COMMAND\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		printf("  %-8s  %s\n", commands[i].name, commands[i].summary);
	puts("\n  --help, --version\n\n`cofferdam-runner COMMAND --help` tells more. `cofferdam runner` is the same "
	     "program.");
}

static int usage(const char *what, const char *argument)
{
	log_line("%s: %s (see cofferdam-runner --help)", argument, what);
	return RUNNER_USAGE;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	if (command->run == NULL)
		return usage(command->summary, command->name);
	if (argc > 2 && strcmp(argv[2], "--help") == 0) {
		command->help();
		return RUNNER_OK;
	}
	if (argc > 2 && strncmp(argv[2], "--config", 8) == 0)
		return usage("not in this version: the environment configures it", "--config");
	if (argc > 2)
		return usage("no such argument", argv[2]);
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
	if (strcmp(argv[1], "--help") == 0) {
		help();
		return RUNNER_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("cofferdam-runner " COFFERDAM_VERSION);
		return RUNNER_OK;
	}
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return run_command(&commands[i], argc, argv);
	return usage("no such command", argv[1]);
}
