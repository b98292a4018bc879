/* cofferdam run: options -> plan -> launch -> report. */
#include "cli/commands.h"

#include "cli/denials.h"
#include "cli/options.h"
#include "cli/plan.h"
#include "cli/report.h"
#include "cli/report_network.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "common/notice.h"
#include "policy/landlock.h"
#include "policy/resolve.h"
#include "policy/settings.h"
#include "sandbox/become.h"
#include "sandbox/exec_hint.h"
#include "sandbox/facts.h"
#include "sandbox/idmap.h"
#include "sandbox/launch.h"
#include "sandbox/network_facts.h"
#include "sandbox/outer_look.h"
#include "sandbox/scope.h"
#include "sandbox/sealed_self.h"
#include "sandbox/whereabouts.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static int refuse_root(const struct facts *facts, struct error *err)
{
	if (facts->uid != 0)
		return 0;
	error_set(err, 0, "run: called by root");
	return error_hint(err, "Cofferdam is rootless: call it as an unprivileged user, or name one with --user");
}

static int name_the_job(struct plan *plan, struct error *err)
{
	unsigned random;

	if (plan->id != NULL)
		return 0;
	if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
		return error_set(err, errno, "getrandom");
	plan->id = format("run-%d-%08x", getpid(), random);
	return plan->id == NULL ? error_set(err, ENOMEM, "id") : 0;
}

static void disk_print(const struct plan *plan, const struct outcome *outcome)
{
	const char *where = plan->workspace != NULL ? plan->workspace : "what the job may write";

	if (outcome->disk_uncounted != UNCOUNTED_NOTHING)
		notice("cofferdam", "disk limit: %s: what it holds cannot be counted: %s", where,
			usage_uncounted_text(outcome->disk_uncounted));
	else
		notice("cofferdam", "disk limit: %s: more than %llu bytes, or %llu files, in it", where,
			(unsigned long long)plan->limits.disk,
			(unsigned long long)plan_scratch_inodes(plan->limits.disk));
}

static int carry_out(const struct plan *plan, const char *cgroup_parent)
{
	_cleanup_(report_close) struct report report = {.fd = -1, .dirfd = -1};
	_cleanup_(report_close) struct report list = {.fd = -1, .dirfd = -1};
	struct outcome outcome;
	struct error err, report_err;
	int result;

	if (whereabouts_check_image(plan, &err) < 0 || report_open(&report, plan, "report", plan->report, &err) < 0 ||
		report_open(&list, plan, "changes", plan->changes, &err) < 0)
		return cli_failed(&err);
	if (plan->withheld != NULL && !plan->quiet)
		notice("cofferdam", "environment: %s (--env NAME passes one on)", plan->withheld);
	cli_wipe_environment();
	result = launch(plan, cgroup_parent, &outcome, &err);
	if (result < 0) {
		outer_blame(&err);
		exec_hint_outside(plan, &err);
		error_print("cofferdam", &err);
	}
	if (plan->changes != NULL && report_changes(&list, &outcome, &report_err) < 0)
		outcome.status = cli_failed_late(&report_err, outcome.status);
	if (outcome.network_error[0] != '\0')
		notice("cofferdam", "network: %s", outcome.network_error);
	if (result == 0 && outcome.disk_over && !plan->quiet)
		disk_print(plan, &outcome);
	if (!plan->quiet) {
		denials_print(plan, &outcome);
		network_denials_print(&outcome);
	}
	if (plan->report != NULL &&
		report_write(&report, plan, &outcome, result < 0 ? err.text : NULL, &report_err) < 0)
		outcome.status = cli_failed_late(&report_err, outcome.status);
	outcome_free(&outcome);
	return outcome.status;
}

static int cgroup_of_environment(struct plan *plan, struct error *err)
{
	const char *dir = getenv("COFFERDAM_CGROUP");

	if (plan->cgroup != NULL || dir == NULL || dir[0] == '\0')
		return 0;
	return setting_apply(plan, setting_find("cgroup"), dir, "COFFERDAM_CGROUP", err);
}

/* What the host has for this plan; a systemd of the caller's own may have more than is delegated to us so far. */
static void look(const struct plan *plan, char **argv, struct facts *facts, char **cgroup_parent, struct error *scope)
{
	facts_look_for(plan, facts, cgroup_parent);
	if (facts->cgroup_delegated || plan->cgroup != NULL || plan->dry_run || !plan_asks_for_cgroup(plan))
		return;
	/* Asked before this copy was made, which has no name that systemd could start. */
	if (sealed_self_is())
		return;
	if (scope_enter(argv, scope) < 0)
		facts->cgroup_reason = scope->text;
}

int cli_run(int argc, char **argv)
{
	_cleanup_(freep) char *cgroup_parent = NULL;
	_cleanup_(plan_free) struct plan plan = {0};
	_cleanup_(facts_idmap_free) struct facts_idmap idmap = {0};
	_cleanup_(network_facts_free) struct facts_network network = {0};
	struct facts facts;
	struct error err, scope;
	const char *user = options_user(argc, argv);
	int parsed;

	/* Profiles and all other files are the user's to read, not root's. */
	if (user != NULL && become_user(user, &err) < 0)
		return cli_failed(&err);
	parsed = options_parse(argc, argv, &plan, &err);
	if (parsed == OPTIONS_HELP)
		return 0;
	if (parsed < 0)
		return cli_failed(&err);
	/* Without a limit and a report a cgroup of the job's own is of no use: the PID namespace holds it together. */
	facts_look(&facts, plan.report != NULL || plan_asks_for_cgroup(&plan) ? &cgroup_parent : NULL);
	if (plan.network == PLAN_NETWORK_OPEN && network_facts_look(&network, &err) < 0)
		return cli_failed(&err);
	facts.network = &network; /* read for that network only */
	if (refuse_root(&facts, &err) < 0 || cgroup_of_environment(&plan, &err) < 0 ||
		facts_look_for_identity(&facts, &plan, &idmap, &err) < 0)
		return cli_failed(&err);
	look(&plan, argv, &facts, &cgroup_parent, &scope);
	/* What plan_resolve() reads may be a pipe, which can be read once. */
	if (!plan.dry_run && landlock_is_absent(&plan, &facts) && sealed_self_exec(argc, argv, &err) < 0)
		return cli_failed(&err);
	if (plan_resolve(&plan, &facts, &err) < 0 || name_the_job(&plan, &err) < 0)
		return cli_failed(&err);
	if (plan.dry_run)
		return cli_print_plan(&plan, &err) < 0 ? cli_failed(&err) : 0;
	return whereabouts_settle(&plan, &err) < 0 ? cli_failed(&err) : carry_out(&plan, cgroup_parent);
}
