/* cofferdam entrypoint: options -> plan -> PID 1 -> report. */
#include "cli/commands.h"

#include "cli/ended.h"
#include "cli/plan.h"
#include "cli/report.h"
#include "cli/run_options.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "common/notice.h"
#include "policy/expectation.h"
#include "policy/resolve/container.h"
#include "sandbox/entrypoint.h"
#include "sandbox/facts.h"
#include "sandbox/filter/landlock.h"
#include "sandbox/process/fds.h"
#include "sandbox/process/signals.h"
#include "sandbox/protections.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

static void free_arguments(char ***arguments)
{
	for (char **one = *arguments; one != NULL && *one != NULL; one++)
		free(*one);
	free(*arguments);
}

/* The plan's own copies of what lies in the argument strings of the process, which the title overwrites. */
static int keep_arguments(struct plan *plan, char ***copy, struct error *err)
{
	size_t n = 0;

	while (plan->command.argv[n] != NULL)
		n++;
	*copy = calloc(n + 1, sizeof **copy);
	for (size_t i = 0; *copy != NULL && i < n; i++)
		if (((*copy)[i] = strdup(plan->command.argv[i])) == NULL)
			return error_set(err, ENOMEM, "command");
	plan->command.argv = *copy;
	return *copy == NULL ? error_set(err, ENOMEM, "command") : 0;
}

/* HOME, USER and LOGNAME belong to the account, unless they were given by name. */
static int set_account_variables(struct plan *plan, const struct account *account, struct error *err)
{
	const struct {
		const char *name, *value;
	} variables[] = {{"HOME", account->home}, {"USER", account->name}, {"LOGNAME", account->name}};

	for (size_t i = 0; i < plan->command.n_env; i++)
		for (size_t j = 0; j < sizeof variables / sizeof variables[0]; j++) {
			struct plan_env *env = &plan->command.env[i];

			if (!env->inherited || variables[j].value == NULL || strcmp(env->name, variables[j].name) != 0)
				continue;
			free(env->value);
			env->value = strdup(variables[j].value);
			if (env->value == NULL)
				return error_set(err, ENOMEM, "environment");
		}
	return 0;
}

/* Prints messages that should precede the command's output. */
static void say(const struct plan *plan)
{
	if (getpid() != 1)
		notice("cofferdam", "entrypoint: not PID 1: adopts and ends only its own descendants");
	if (plan->withheld != NULL)
		notice("cofferdam", "entrypoint: environment: %s (--env NAME passes one on)", plan->withheld);
}

static int carry_out(struct plan *plan, const struct account *account)
{
	_cleanup_(report_close) struct report report = REPORT_NONE;
	_cleanup_(free_arguments) char **arguments = NULL;
	const struct expectation expected = plan_expectation(plan);
	_cleanup_(entrypoint_end) struct entrypoint entrypoint = {
		.command = &plan->command,
		.fds = &plan->fds,
		.limits = &plan->limits,
		.landlock = &plan->landlock,
		.root = &plan->root,
		.filter = &plan->filter,
		.degraded = plan->degraded,
		.expected = plan->report != NULL ? &expected : NULL,
	};
	struct outcome outcome;
	struct error err, report_err;
	int result;

	say(plan);
	cli_wipe_environment();
	if (fds_check_given(&plan->fds, &err) < 0 || report_divert(&report, plan, &err) < 0)
		return cli_failed(&err);
	entrypoint.spared = report.fd;
	if (keep_arguments(plan, &arguments, &err) < 0 || entrypoint_drop(&entrypoint, account, &err) < 0 ||
		report_open(&report, NULL, "report", plan->report, &err) < 0)
		return cli_failed(&err);
	result = entrypoint_run(&entrypoint, &outcome, &err);
	if (result < 0 && err.hint[0] == '\0' && err.errnum == EACCES && plan->root.n_mounts > 0)
		error_hint(&err, "with ro, ro_try or rw nothing else can be opened: add --ro /usr, or --ro /");
	if (result < 0)
		error_print("cofferdam", &err);
	else if (plan->report != NULL)
		container_protections(plan, &entrypoint, &outcome);
	for (unsigned i = 0; i < outcome.n_residue; i++)
		notice("cofferdam", "entrypoint: left behind: %s", outcome.residue[i]);
	if (result == 0)
		ended_print(plan, &outcome);
	if (plan->report != NULL &&
		report_write(&report, plan, &outcome, result < 0 ? err.text : NULL, &report_err) < 0)
		outcome.status = cli_failed_late(&report_err, outcome.status);
	outcome_free(&outcome);
	return outcome.status;
}

static int run(struct plan *plan, struct error *err)
{
	_cleanup_(account_free) struct account account = {0};
	struct container_facts container = {.filtered = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) > 0};
	struct facts facts = {.uid = geteuid(), .gid = getegid(), .environ = environ};
	const char *missing;

	container.landlock_abi = landlock_detect(&missing, &container.landlock_errnum);
	if (missing != NULL)
		container.landlock_abi = 0;
	if (container_resolve(plan, &facts, &container, err) < 0)
		return -1;
	if (plan->user != NULL &&
		(account_find("/etc", plan->user, &account, err) < 0 || set_account_variables(plan, &account, err) < 0))
		return -1;
	if (plan->user != NULL) {
		plan->identity.uid = account.uid;
		plan->identity.gid = account.gid;
	}
	if (plan->id == NULL && (plan->id = format("entrypoint-%d", getpid())) == NULL)
		return error_set(err, ENOMEM, "id");
	if (plan->dry_run)
		return cli_print_plan(plan, err);
	return carry_out(plan, plan->user != NULL ? &account : NULL);
}

int cli_entrypoint(int argc, char **argv)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct error err;
	int result;

	/* First of all: the kernel throws away what is sent to a PID 1 that neither handles nor blocks it, and a
	 * container may be asked to stop before its command runs. */
	if (signals_block_all(&err) < 0)
		return cli_failed(&err);
	result = options_parse_entrypoint(argc, argv, &plan, &err);
	if (result == OPTIONS_HELP)
		return 0;
	if (result >= 0)
		result = run(&plan, &err);
	return result < 0 ? cli_failed(&err) : result;
}
