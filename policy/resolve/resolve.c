#include "policy/resolve/resolve.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/path.h"
#include "policy/capabilities.h"
#include "policy/limits.h"
#include "policy/resolve/egress.h"
#include "policy/resolve/environment.h"
#include "policy/resolve/etc.h"
#include "policy/resolve/hide.h"
#include "policy/resolve/landlock.h"
#include "policy/resolve/layers.h"
#include "policy/resolve/limits.h"
#include "policy/resolve/mirrors.h"
#include "policy/resolve/missing.h"
#include "policy/resolve/root.h"
#include "policy/resolve/user.h"
#include "policy/seccomp/crosscheck.h"
#include "policy/seccomp/ids.h"
#include "policy/seccomp/notify.h"
#include "policy/seccomp/prebuilt.h"
#include "policy/seccomp/watched.h"
#include "policy/settings.h"
#include "policy/syscalls/syscalls.h"

#include <errno.h>
#include <string.h>

#define DEFAULT_HOSTNAME "cofferdam"
#define DEFAULT_SECCOMP "job"

/* Where the value of a scalar setting comes from, or NULL for a built-in default. */
static const char *origin_of(const struct plan *plan, const char *key)
{
	return plan->origins[setting_index(setting_find(key))].text;
}

static int default_string(char **field, const char *value, struct error *err)
{
	if (*field == NULL && (*field = strdup(value)) == NULL)
		return error_set(err, ENOMEM, "plan");
	return 0;
}

static size_t depth(const char *path)
{
	size_t slashes = 0;

	for (; *path != '\0'; path++)
		slashes += *path == '/';
	return slashes;
}

/* Parents before what lies below them: by depth, and as given within one depth. */
static void order_mounts(struct plan *plan)
{
	for (size_t i = 1; i < plan->root.n_mounts; i++) {
		struct plan_mount mount = plan->root.mounts[i];
		const size_t deep = depth(mount.target);
		size_t at = i;

		for (; at > 0 && depth(plan->root.mounts[at - 1].target) > deep; at--)
			plan->root.mounts[at] = plan->root.mounts[at - 1];
		plan->root.mounts[at] = mount;
	}
}

/* The workspace becomes a line of the mount table like any other: what is to be mounted below it comes after it. */
static int add_workspace(struct plan *plan, struct error *err)
{
	const char *target = plan->workspace != NULL ? plan->workspace : PLAN_WORKSPACE;
	struct plan_mount *mount;

	for (size_t i = 0; i < plan->root.n_mounts; i++)
		if (strcmp(plan->root.mounts[i].target, target) == 0) {
			const char *origin = plan->root.mounts[i].origin.text;

			if (plan->workspace != NULL && origin_of(plan, "workspace") != NULL) {
				error_set(err, 0, "%s: %s: %s mounts something else there",
					origin_of(plan, "workspace"), target, origin != NULL ? origin : "mount");
				return error_hint(err, "use another directory, such as one below it");
			}
			error_set(err, 0, "%s: target %s: the workspace is mounted there",
				origin != NULL ? origin : "mount", target);
			return error_hint(err, "the workspace is writable; use another target, or another workspace");
		}
	if (plan_reserve_mounts(plan, 1, err) < 0)
		return -1;
	mount = &plan->root.mounts[plan->root.n_mounts++];
	/* Without a size of its own, as every fresh directory for which there is a limit: they share it. */
	*mount = (struct plan_mount){.kind = PLAN_MOUNT_TMPFS};
	if (plan->workspace != NULL)
		*mount = (struct plan_mount){
			.kind = PLAN_MOUNT_BIND, .writable = true, .source = strdup(plan->workspace)};
	mount->target = strdup(target);
	mount->origin.text = strdup(origin_of(plan, "workspace") != NULL ? origin_of(plan, "workspace") : "workspace");
	if (mount->target == NULL || mount->origin.text == NULL || (plan->workspace != NULL && mount->source == NULL))
		return error_set(err, ENOMEM, "plan");
	return 0;
}

/* The writable bind that `path` lies in, or NULL. Paths are normalised. */
static const struct plan_mount *writable_around(const struct plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->root.n_mounts; i++) {
		const struct plan_mount *mount = &plan->root.mounts[i];

		if (mount->kind == PLAN_MOUNT_BIND && mount->writable && mount->source != path &&
			path_is_within(path, mount->source))
			return mount;
	}
	return NULL;
}

static int refuse_writable(const struct plan *plan, const char *option, const char *path, struct error *err)
{
	const struct plan_mount *around = path != NULL ? writable_around(plan, path) : NULL;

	if (around == NULL)
		return 0;
	error_set(err, 0, "%s: %s: lies in %s, where the job can write", option, path, around->source);
	return error_hint(err, "choose a path elsewhere");
}

/* What a job can write, it can replace by a symbolic link before the next job comes. */
static int distrust_writable(struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < plan->root.n_mounts; i++)
		if (plan->root.mounts[i].source != NULL)
			plan->root.mounts[i].nofollow = writable_around(plan, plan->root.mounts[i].source) != NULL;
	plan->root.nofollow = plan->root.dir != NULL && writable_around(plan, plan->root.dir) != NULL;
	plan->report_refused = refuse_writable(plan, "--report", plan->report, err) < 0;
	return plan->report_refused ? -1 : refuse_writable(plan, "--changes", plan->changes, err);
}

/* The descriptor that denials come from reaches the launcher by sendmsg(2), under the filter already. */
static int check_explain(struct plan *plan, bool sendmsg, struct error *err)
{
	if (!plan->explain || sendmsg || missing_is_accepted(plan, PLAN_DEGRADABLE_EXPLAIN))
		return 0;
	error_set(err, 0, "explain: %s does not allow sendmsg(2), which reporting denials requires", plan->seccomp);
	return missing_hint(1U << PLAN_DEGRADABLE_EXPLAIN, "use --no-explain", err);
}

/* What the process that is to become the command does under the filter before it does. */
static int check_start_calls(const struct plan *plan, const struct seccomp_policy *policy, struct error *err)
{
	static const char *const calls[] = {"read", "write"};

	if (seccomp_policy_never_allows(policy, syscall_number("execve"))) {
		error_set(err, 0, "seccomp: %s: denies execve(2), which starts the command", plan->seccomp);
		return error_hint(err, "allow it and the calls of the command's loader");
	}
	if (plan->fds.start != 0 && !seccomp_policy_allows_message(policy))
		return error_set(err, 0, "--start-fd: %s does not allow sendmsg(2), which a waiting start requires",
			plan->seccomp);
	for (size_t i = 0; plan->fds.start != 0 && i < sizeof calls / sizeof calls[0]; i++)
		if (!seccomp_policy_always_allows(policy, syscall_number(calls[i])))
			return error_set(err, 0, "--start-fd: %s does not allow %s(2), which a waiting start requires",
				plan->seccomp, calls[i]);
	return 0;
}

static int compile_seccomp(struct plan *plan, struct error *err)
{
	struct seccomp_policy *policy = NULL;
	char label[512];

	if (seccomp_policy_load(plan->seccomp, &plan->policy->context, &policy, err) < 0) {
		setting_label(setting_find("seccomp"), origin_of(plan, "seccomp"), label, sizeof label);
		return error_context(err, "%s", label);
	}
	plan->policy->read = policy;
	/* Under a policy that denies it the limit comes first, and a user with many descriptors in flight over sockets
	 * may then be refused the launch. */
	plan->nofile_last = seccomp_policy_always_allows(policy, syscall_number("prlimit64"));
	if (check_explain(plan, seccomp_policy_allows_message(policy), err) < 0 ||
		check_start_calls(plan, policy, err) < 0)
		return -1;
	if (plan_explains(plan))
		return seccomp_notify_compile(policy, &plan->filter, err);
	return seccomp_policy_compile(policy, &plan->filter, err) < 0
		       ? -1
		       : seccomp_policy_crosscheck(policy, &plan->filter, err);
}

static int resolve_seccomp(struct plan *plan, struct error *err)
{
	/* What was compiled at build time is for a job without capabilities. Such a policy allows what we do
	 * ourselves under it. */
	const struct prebuilt_filter *prebuilt =
		plan->identity.capabilities == 0 ? seccomp_prebuilt_find(plan->seccomp) : NULL;

	bpf_program_free(&plan->filter);
	plan_policy_free(plan);
	plan->policy = calloc(1, sizeof *plan->policy);
	if (plan->policy == NULL)
		return error_set(err, ENOMEM, "plan");
	*plan->policy = (struct plan_policy){.name = plan->seccomp, .context = plan_seccomp_context(plan)};
	plan->nofile_last = true;
	if (prebuilt == NULL)
		return compile_seccomp(plan, err);
	plan->filter = seccomp_prebuilt(prebuilt, plan_explains(plan));
	return 0;
}

/* What costs an allowed call something is only for those who ask for it: --explain, or "explain": true. */
static int watch_calls(struct plan *plan, struct error *err)
{
	const struct seccomp_policy *policy;

	plan->explain_all = plan_explains(plan) && origin_of(plan, "explain") != NULL;
	if (!plan->explain_all)
		return 0;
	policy = plan_policy(plan->policy);
	return policy == NULL ? error_set(err, ENOMEM, "plan") : watched_notify(policy, &plan->filter, err);
}

static uint32_t last_id(const struct idmap *map)
{
	return map->extents[map->n - 1].inside + map->extents[map->n - 1].count - 1;
}

/* The maps of identity subuid begin with 0 and have no gaps inside: policy/idmap.c. */
static struct seccomp_ids mapped_ids(const struct plan_identity *identity)
{
	if (identity->kind == PLAN_IDENTITY_SINGLE)
		return (struct seccomp_ids){identity->uid, identity->uid, identity->gid, identity->gid};
	return (struct seccomp_ids){0, last_id(&identity->uids), 0, last_id(&identity->gids)};
}

static int refuse_unmapped_ids(struct plan *plan, struct error *err)
{
	const struct seccomp_ids ids = mapped_ids(&plan->identity);
	const uint32_t calls = plan->policy->read != NULL ? seccomp_id_calls(plan->policy->read)
							  : seccomp_prebuilt_find(plan->seccomp)->id_calls;

	return seccomp_refuse_unmapped(&ids, calls, &plan->filter, err);
}

int plan_resolve_seccomp(struct plan *plan, struct error *err)
{
	return default_string(&plan->seccomp, DEFAULT_SECCOMP, err) < 0 ? -1 : resolve_seccomp(plan, err);
}

bool plan_asks_for_cgroup(const struct plan *plan)
{
	for (unsigned i = 0; i < PLAN_LIMIT_COUNT; i++)
		if (limit_is_asked_for(&plan->limits, &limit_rows[i]))
			return true;
	return plan->cgroup != NULL;
}

/* A memory limit that spills into the machine's swap is none, unless swap was spoken of too. */
static int resolve_swap(struct plan *plan, struct error *err)
{
	struct origin *origin = &plan->origins[setting_index(setting_find("swap"))];

	if (plan->limits.memory == 0 || (plan->degraded & (1u << PLAN_DEGRADABLE_MEMORY)) != 0 || origin->text != NULL)
		return 0;
	plan->limits.swap = 0;
	origin->text = strdup("memory");
	return origin->text == NULL ? error_set(err, ENOMEM, "plan") : 0;
}

/* A single id has no capability. A root that had none either could not even give a file to another of its ids. */
static int decide_identity(struct plan *plan, const struct facts *facts, struct error *err)
{
	plan->identity.uid = facts->uid;
	plan->identity.gid = facts->gid;
	if (plan->identity.kind == PLAN_IDENTITY_SINGLE)
		return 0;
	if (facts->idmap == NULL)
		return error_set(err, 0, "identity subuid: the subordinate ids were not read");
	plan->identity.capabilities = capabilities_of_root();
	return idmap_decide(facts->idmap, facts->uid, facts->gid, &plan->identity.uids, &plan->identity.gids, err);
}

/* Without a root inside there is nobody whom a step could become. */
static int check_sudo(struct plan *plan, const struct facts *facts, struct error *err)
{
	(void)facts;
	if (plan->root.sudo == PLAN_SUDO_NONE || plan->identity.kind == PLAN_IDENTITY_SUBUID)
		return 0;
	error_set(err, 0, "%s: all: requires identity subuid", origin_of(plan, "sudo"));
	return error_hint(err, "add --identity subuid, or \"identity\": \"subuid\" to the profile");
}

static int check_not_kept(const struct plan_fds *fds, const char *option, uint64_t fd, struct error *err)
{
	for (size_t i = 0; fd != 0 && i < fds->n_keep; i++)
		if ((uint64_t)fds->keep[i] == fd)
			return error_set(err, 0, "%s: %d: also named by --keep-fd", option, fds->keep[i]);
	return 0;
}

/* From the one a byte is read, which the command is not to read; what is in the other's file is not the command's. */
static int check_own_fds(const struct plan *plan, struct error *err)
{
	if (check_not_kept(&plan->fds, "--start-fd", plan->fds.start, err) < 0)
		return -1;
	return check_not_kept(&plan->fds, "--denials-fd", plan->fds.denials, err);
}

typedef int check_fn(struct plan *plan, const struct facts *facts, struct error *err);

/* What the host may lack. */
static check_fn *const host_checks[] = {
	check_sudo, decide_identity, user_resolve, limits_resolve, egress_resolve, landlock_check};
#define HOST_CHECKS (sizeof host_checks / sizeof host_checks[0])

/* Adds to the first error what else is refused, so that nobody has to start again for each. A frame of its own: what
 * lies on the stack while the job runs is memory for as long. */
__attribute__((noinline)) static int refuse_all(
	struct plan *plan, const struct facts *facts, size_t next, struct error *err)
{
	struct error also;
	bool alone = true;

	for (; next < HOST_CHECKS; next++) {
		if (host_checks[next](plan, facts, &also) == 0)
			continue;
		error_context(&also, "%s; also", err->text);
		memcpy(err->text, also.text, sizeof err->text);
		alone = false;
	}
	if (alone)
		return -1;
	error_hint(err, "`cofferdam doctor --profile %.100s`, with the other options of this launch, names each remedy",
		plan->profile);
	if (plan->refused != 0) {
		memcpy(&also, err, sizeof also);
		missing_hint(plan->refused, also.hint, err);
	}
	return -1;
}

static int check_host(struct plan *plan, const struct facts *facts, struct error *err)
{
	plan->degraded = 0;
	plan->refused = 0;
	for (size_t i = 0; i < HOST_CHECKS; i++)
		if (host_checks[i](plan, facts, err) < 0)
			return refuse_all(plan, facts, i + 1, err);
	return 0;
}

/* Which of 0-2 are terminals for the command: its standard output is the launcher's standard error where the report has
 * standard output to itself. */
static unsigned terminals(const struct plan *plan, unsigned found)
{
	if (!plan_reports_to_stdout(plan))
		return found;
	return (found & ~(1u << 1)) | (found & 1u << 2) >> 1;
}

int plan_resolve(struct plan *plan, const struct facts *facts, struct error *err)
{
	const char *workspace = plan->workspace != NULL ? plan->workspace : PLAN_WORKSPACE;

	plan->kernel = facts->kernel;
	plan->terminals = terminals(plan, facts->terminals);
	if (plan->tty == PLAN_TTY_AUTO)
		plan->tty = (plan->terminals & 3) == 3 ? PLAN_TTY_YES : PLAN_TTY_NO;
	plan->in_background = facts->in_background;
	if (default_string(&plan->hostname, DEFAULT_HOSTNAME, err) < 0 ||
		default_string(&plan->command.workdir, workspace, err) < 0 ||
		default_string(&plan->seccomp, DEFAULT_SECCOMP, err) < 0 || root_resolve(plan, err) < 0 ||
		add_workspace(plan, err) < 0 || check_host(plan, facts, err) < 0 || resolve_swap(plan, err) < 0 ||
		environment_resolve(plan, facts->environ, err) < 0 || user_environment(plan, err) < 0)
		return -1;
	order_mounts(plan);
	hide_resolve(plan);
	if (etc_resolve(plan, facts, err) < 0 || distrust_writable(plan, err) < 0 ||
		mirrors_resolve(plan, facts->environ, err) < 0 || layers_resolve(plan, facts->environ, err) < 0 ||
		check_own_fds(plan, err) < 0)
		return -1;
	if (resolve_seccomp(plan, err) < 0 || watch_calls(plan, err) < 0 || refuse_unmapped_ids(plan, err) < 0)
		return -1;
	landlock_resolve(plan, facts);
	return 0;
}
