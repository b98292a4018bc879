/* cofferdam run: options -> plan -> launch -> report. */
#include "cli/commands.h"

#include "cli/denials.h"
#include "cli/ended.h"
#include "cli/plan.h"
#include "cli/report.h"
#include "cli/report_network.h"
#include "cli/run_options.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "common/notice.h"
#include "common/phrases.h"
#include "common/status.h"
#include "image/use.h"
#include "policy/advice.h"
#include "policy/resolve/landlock.h"
#include "policy/resolve/resolve.h"
#include "policy/settings.h"
#include "sandbox/cgroup/block_device.h"
#include "sandbox/cgroup/scope.h"
#include "sandbox/doctor/blame.h"
#include "sandbox/facts.h"
#include "sandbox/files/sources.h"
#include "sandbox/files/store_name.h"
#include "sandbox/files/whereabouts.h"
#include "sandbox/identity/become.h"
#include "sandbox/identity/idmap.h"
#include "sandbox/launch.h"
#include "sandbox/network/facts.h"
#include "sandbox/process/fds.h"
#include "sandbox/process/sealed_self.h"
#include "sandbox/root/etc_facts.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse_root(const struct facts *facts, struct error *err)
{
	if (facts->uid != 0)
		return 0;
	error_set(err, 0, PHRASE_REFUSING_ROOT);
	return error_hint(err, "name a user with --user");
}

/* Where it is shown: in the name of a cgroup, a report, or a plan that is printed. */
static int name_the_job(struct plan *plan, bool in_cgroup, struct error *err)
{
	unsigned random;

	if (plan->id != NULL || (!in_cgroup && plan->report == NULL && !plan->dry_run))
		return 0;
	if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
		return error_set(err, errno, "getrandom");
	plan->id = format("run-%d-%08x", getpid(), random);
	return plan->id == NULL ? error_set(err, ENOMEM, "id") : 0;
}

/* Whether the caller chose what the command sees, or writes a report: then nothing has to be explained. */
static bool is_furnished(const struct plan *plan)
{
	for (size_t i = 0; i < plan->root.n_mounts; i++)
		if (advice_is_by_option(plan->root.mounts[i].origin.text) &&
			(plan->workspace == NULL || strcmp(plan->root.mounts[i].target, plan->workspace) != 0))
			return true;
	return plan->report != NULL || plan->root.kind != PLAN_ROOT_HOST;
}

/* When a command has failed that got nothing of the caller's: says what it ran without. */
static void tell_what_was_absent(const struct plan *plan, const struct outcome *outcome)
{
	const bool empty = plan->workspace == NULL && strcmp(plan->command.workdir, PLAN_WORKSPACE) == 0;
	const bool isolated = plan->network == PLAN_NETWORK_NONE &&
			      !advice_is_by_option(plan->origins[setting_index(setting_find("network"))].text);

	if (outcome->status == 0 || outcome->ended_by != ENDED_BY_EXIT || (!empty && !isolated) || is_furnished(plan))
		return;
	notice("cofferdam", "the command failed: it ran %s%s%s",
		empty ? "in a new empty directory (--workspace . gives it this one)" : "",
		empty && isolated ? " and " : "", isolated ? "without a network (--network open)" : "");
}

/* When it is over; `failure` is why it failed, or NULL. A frame of its own: what lies on the stack while the job runs
 * is memory for as long. */
__attribute__((noinline)) static void tell(const struct plan *plan, struct report *report, struct report *list,
	struct outcome *outcome, const struct error *failure)
{
	struct error err;

	if (plan->changes != NULL && report_changes(list, outcome, &err) < 0)
		outcome->status = cli_failed_late(&err, outcome->status);
	if (outcome->network_error[0] != '\0')
		notice("cofferdam", "network: %s", outcome->network_error);
	if (outcome->ownership_kept != NULL && !plan->quiet)
		notice("cofferdam", "%s", outcome->ownership_kept);
	if (outcome->ownership_error != NULL)
		notice("cofferdam", "%s", outcome->ownership_error);
	if (!plan->quiet) {
		denials_print(plan, outcome);
		network_denials_print(outcome);
	}
	if (failure == NULL)
		ended_print(plan, outcome);
	if (failure == NULL && !plan->quiet)
		tell_what_was_absent(plan, outcome);
	if (plan->report != NULL &&
		report_write(report, plan, outcome, failure != NULL ? failure->text : NULL, &err) < 0)
		outcome->status = cli_failed_late(&err, outcome->status);
}

/* A home directory has keys and credentials, and files that are executed at the next login. */
static void warn_of_home(const struct plan *plan)
{
	const char *home = getenv("HOME");

	for (size_t i = 0; !plan->quiet && i < plan->root.n_mounts; i++) {
		const struct plan_mount *mount = &plan->root.mounts[i];

		if (advice_shows_home(mount, home))
			notice("cofferdam",
				"%s: %s: contains your home directory, with keys and credentials such as .ssh (name a subdirectory)",
				mount->origin.text, mount->source);
	}
}

/* A launch with --as lends the workspace to a user inside, and was killed before it could give it back. */
static void warn_of_lent(const struct plan *plan)
{
	_cleanup_(facts_idmap_free) struct facts_idmap facts = {0};
	struct error ignored;
	struct idmap uids;
	struct stat st;

	if (plan->quiet || plan->root.owner != 0 || plan->workspace == NULL || stat(plan->workspace, &st) < 0 ||
		st.st_uid == geteuid() || facts_idmap_detect(&facts, &ignored) < 0 ||
		idmap_decide_uids(&facts, geteuid(), &uids, &ignored) < 0)
		return;
	for (unsigned i = 0; i < uids.n; i++)
		if (st.st_uid >= uids.extents[i].outside && st.st_uid - uids.extents[i].outside < uids.extents[i].count)
			notice("cofferdam",
				"%s: belongs to a subordinate id: a launch with --as may have been killed (the same launch with `true` as its command gives it back)",
				plan->workspace);
}

static void warn_of_other_home(const struct plan *plan)
{
	const char *home = getenv("HOME");

	for (size_t i = 0; !plan->quiet && i < plan->root.n_mounts; i++) {
		const struct plan_mount *mount = &plan->root.mounts[i];
		const char *inside, *below = advice_other_home(plan, mount, home, &inside);

		if (below != NULL)
			notice("cofferdam", "%s: %s: HOME is %s inside (tools look there: %s %s:%s%s)",
				mount->origin.text, mount->target, inside, mount->origin.text, mount->source, inside,
				below);
	}
}

/* Says why, and writes it to the report, if there is to be one. Returns the exit status. */
static int refused(struct report *report, const struct plan *plan, const struct error *why)
{
	struct error err;

	error_print("cofferdam", why);
	if (plan->report != NULL && report_write_refusal(report, plan, why->text, &err) < 0)
		return cli_failed_late(&err, STATUS_LAUNCHER);
	return STATUS_LAUNCHER;
}

static int carry_out(const struct plan *plan, const char *cgroup_parent, struct error *err)
{
	_cleanup_(report_close) struct report report = REPORT_NONE;
	_cleanup_(report_close) struct report list = REPORT_NONE;
	/* Of use when the command is not found; the environment is wiped before. */
	const char *path = getenv("PATH");
	_cleanup_(freep) char *search = path != NULL ? strdup(path) : NULL;
	struct outcome outcome;
	int result;

	if (report_divert(&report, plan, err) < 0 || report_open(&report, plan, "report", plan->report, err) < 0)
		return cli_failed(err);
	if (whereabouts_check_image(&plan->root, err) < 0 ||
		report_open(&list, plan, "changes", plan->changes, err) < 0)
		return refused(&report, plan, err);
	if (plan->withheld != NULL && !plan->quiet)
		notice("cofferdam", "environment: %s (--env NAME passes one on)", plan->withheld);
	warn_of_home(plan);
	warn_of_other_home(plan);
	warn_of_lent(plan);
	if (plan->fds.denials != 0 && !plan_explains(plan) && !plan->quiet)
		notice("cofferdam",
			"--denials-fd: nothing is recorded: denied calls are not named (leave out --no-explain, or set \"explain\": true)");
	cli_wipe_environment();
	result = launch(plan, cgroup_parent, &outcome, err);
	if (result < 0) {
		blame_launch(plan, search, err);
		error_print("cofferdam", err);
	}
	tell(plan, &report, &list, &outcome, result < 0 ? err : NULL);
	outcome_free(&outcome);
	return outcome.status;
}

/* What the host has for this plan; a systemd of the caller's own may have more than is delegated to us so far. */
static void detect(const struct plan *plan, char **argv, struct facts *facts, char **cgroup_parent, struct error *scope)
{
	const bool asks = plan_asks_for_cgroup(plan);

	facts_detect_cgroup(plan->cgroup, &plan->limits, asks && !plan->dry_run, facts, cgroup_parent);
	block_devices_detect(&plan->limits, plan->workspace, &plan->root, facts);
	if (facts->cgroup_delegated || plan->cgroup != NULL || plan->dry_run || !asks)
		return;
	/* Asked before this copy was made, which has no name that systemd could start. */
	if (sealed_self_is())
		return;
	if (scope_enter(argv, scope) < 0)
		facts->cgroup_reason = scope->text;
}

/* Returns what options_parse() does. */
static int parse(int argc, char **argv, struct plan *plan, struct error *err)
{
	const char *user = options_user(argc, argv, "run");

	/* Profiles and all other files are the user's to read, not root's. */
	if (user != NULL && become_user(user, err) < 0)
		return -1;
	return options_parse(argc, argv, plan, err);
}

/* From what the command line says to a plan that can be carried out. A frame of its own: what lies on the stack while
 * the command runs is memory for as long. */
__attribute__((noinline)) static int make_plan(
	int argc, char **argv, struct plan *plan, char **cgroup_parent, int *image, struct error *err)
{
	_cleanup_(facts_idmap_free) struct facts_idmap idmap = {0};
	_cleanup_(network_facts_free) struct facts_network network = {0};
	_cleanup_(etc_facts_free) struct facts_etc etc = {0};
	struct facts facts;
	struct error scope;

	/* Without a limit and a report a cgroup of the job's own is of no use: the PID namespace holds it together. */
	facts_detect(&facts, plan->report != NULL || plan_asks_for_cgroup(plan) ? cgroup_parent : NULL);
	if (plan->network == PLAN_NETWORK_OPEN && network_facts_detect(&network, err) < 0)
		return -1;
	facts.network = &network; /* read for that network only */
	if (refuse_root(&facts, err) < 0 || cli_cgroup_of_environment(plan, err) < 0 ||
		facts_detect_identity(plan->identity.kind, &facts, &idmap, err) < 0)
		return -1;
	detect(plan, argv, &facts, cgroup_parent, &scope);
	/* What plan_resolve() reads may be a pipe, which can be read once. */
	if (!plan->dry_run && landlock_is_absent(plan, &facts) && sealed_self_exec(argc, argv, err) < 0)
		return -1;
	if (image_use(&plan->root, image, err) < 0 || etc_facts_detect(&plan->root, plan->identity.kind, &etc, err) < 0)
		return -1;
	facts.etc = &etc;
	return plan_resolve(plan, &facts, err) < 0 || name_the_job(plan, *cgroup_parent != NULL, err) < 0 ? -1 : 0;
}

/* The rows that are known, and the workspace, which becomes one last. -1: out of memory. */
static int add_workspace(const struct plan *plan, struct plan_mount **mounts, struct plan_root *root)
{
	*mounts = calloc(plan->root.n_mounts + 1, sizeof **mounts);
	if (*mounts == NULL)
		return -1;
	*root = plan->root;
	root->mounts = *mounts;
	if (root->n_mounts > 0)
		memcpy(*mounts, plan->root.mounts, root->n_mounts * sizeof **mounts);
	if (plan->workspace != NULL)
		(*mounts)[root->n_mounts++] = (struct plan_mount){.kind = PLAN_MOUNT_BIND,
			.writable = true,
			.source = plan->workspace,
			.target = plan->workspace};
	return 0;
}

/* A launch that is refused has a report too, and takes the place of an older one, in which a script would read another
 * run's end. The plan is as far as it came: what it shows of the host is known, so that no job chooses where the report
 * goes. Returns the exit status. */
static int refuse(const struct plan *plan, const struct error *why)
{
	_cleanup_(report_close) struct report report = REPORT_NONE;
	_cleanup_(freep) struct plan_mount *mounts = NULL;
	struct plan known = *plan;
	struct error err;

	if (plan->report == NULL || plan->dry_run || geteuid() == 0 || plan->report_refused)
		return cli_failed(why);
	if (add_workspace(plan, &mounts, &known.root) < 0)
		error_set(&err, ENOMEM, "report");
	else if (report_divert(&report, plan, &err) == 0 &&
		 report_open(&report, &known, "report", plan->report, &err) == 0)
		return refused(&report, plan, why);
	cli_failed(why);
	return cli_failed(&err);
}

int cli_run(int argc, char **argv)
{
	_cleanup_(freep) char *cgroup_parent = NULL;
	_cleanup_(plan_free) struct plan plan = {0};
	_cleanup_(close_fd) int image = -1; /* held until the job has ended */
	struct error err;
	const int parsed = parse(argc, argv, &plan, &err);

	if (parsed < 0 || parsed == OPTIONS_HELP)
		return parsed < 0 ? cli_failed(&err) : 0;
	if (make_plan(argc, argv, &plan, &cgroup_parent, &image, &err) < 0)
		return refuse(&plan, &err);
	if (plan.dry_run)
		return sources_check(&plan.root, plan.workspace, &err) < 0 || cli_print_plan(&plan, &err) < 0
			       ? cli_failed(&err)
			       : 0;
	if (whereabouts_resolve(&plan.root, &err) < 0 || store_name_check(&plan.root, &err) < 0) {
		blame_launch(&plan, NULL, &err);
		return refuse(&plan, &err);
	}
	if (fds_check_given(&plan.fds, &err) < 0)
		return refuse(&plan, &err);
	return carry_out(&plan, cgroup_parent, &err);
}
