#include "policy/resolve.h"

#include "common/cleanup.h"
#include "policy/capabilities.h"
#include "policy/egress_resolve.h"
#include "policy/environment.h"
#include "policy/hide.h"
#include "policy/landlock.h"
#include "policy/path.h"
#include "policy/root.h"
#include "policy/seccomp_crosscheck.h"
#include "policy/seccomp_notify.h"
#include "policy/seccomp_prebuilt.h"
#include "policy/settings.h"
#include "policy/syscalls.h"

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
	for (size_t i = 1; i < plan->n_mounts; i++) {
		struct plan_mount mount = plan->mounts[i];
		size_t at = i;

		for (; at > 0 && depth(plan->mounts[at - 1].target) > depth(mount.target); at--)
			plan->mounts[at] = plan->mounts[at - 1];
		plan->mounts[at] = mount;
	}
}

/* The workspace becomes a line of the mount table like any other: what is to be mounted below it comes after it. */
static int add_workspace(struct plan *plan, struct error *err)
{
	const char *target = plan->workspace != NULL ? plan->workspace : PLAN_WORKSPACE;
	struct plan_mount *mount;

	for (size_t i = 0; i < plan->n_mounts; i++)
		if (strcmp(plan->mounts[i].target, target) == 0) {
			error_set(err, 0, "%s: target %s: the workspace is mounted there",
				plan->mounts[i].origin.text != NULL ? plan->mounts[i].origin.text : "mount", target);
			return error_hint(err, "the workspace is writable; use another target, or another workspace");
		}
	if (plan_reserve_mounts(plan, 1, err) < 0)
		return -1;
	mount = &plan->mounts[plan->n_mounts++];
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
	for (size_t i = 0; i < plan->n_mounts; i++) {
		const struct plan_mount *mount = &plan->mounts[i];

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
	return error_hint(err, "put it elsewhere");
}

/* What a job can write, it can replace by a symbolic link before the next job comes. */
static int distrust_writable(struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < plan->n_mounts; i++)
		if (plan->mounts[i].source != NULL)
			plan->mounts[i].nofollow = writable_around(plan, plan->mounts[i].source) != NULL;
	plan->root_nofollow = plan->root_dir != NULL && writable_around(plan, plan->root_dir) != NULL;
	return refuse_writable(plan, "--report", plan->report, err) < 0 ||
			       refuse_writable(plan, "--changes", plan->changes, err) < 0
		       ? -1
		       : 0;
}

static bool degrade(struct plan *plan, enum plan_degradable limit);

/* The descriptor that denials come from reaches the launcher by sendmsg(2), under the filter already. */
static int check_explain(struct plan *plan, bool sendmsg, struct error *err)
{
	if (!plan->explain || sendmsg || degrade(plan, PLAN_DEGRADABLE_EXPLAIN))
		return 0;
	error_set(err, 0, "explain: %s does not allow sendmsg(2), which naming denials needs", plan->seccomp);
	return error_hint(err, "use --no-explain, or let it be missing with --allow-degraded explain");
}

/* What the process that is to become the command does under the filter before it does. */
static int check_start_calls(const struct plan *plan, const struct seccomp_policy *policy, struct error *err)
{
	static const char *const calls[] = {"read", "write"};

	for (size_t i = 0; plan->start_fd != 0 && i < sizeof calls / sizeof calls[0]; i++)
		if (!seccomp_policy_always_allows(policy, syscall_number(calls[i])))
			return error_set(err, 0,
				"--start-fd: %s does not allow %s(2), which waiting for the byte needs", plan->seccomp,
				calls[i]);
	return 0;
}

static int compile_seccomp(struct plan *plan, struct error *err)
{
	const struct seccomp_context context = plan_seccomp_context(plan);
	struct seccomp_policy *policy = NULL;
	char label[512];

	if (seccomp_policy_load(plan->seccomp, &context, &policy, err) < 0) {
		setting_label(setting_find("seccomp"), origin_of(plan, "seccomp"), label, sizeof label);
		return error_context(err, "%s", label);
	}
	*plan->policy = policy;
	/* Under a policy that denies it the limit comes first, and a user with many descriptors in flight over sockets
	 * may then be refused the launch. */
	plan->nofile_last = seccomp_policy_always_allows(policy, syscall_number("prlimit64"));
	if (check_explain(plan, seccomp_policy_always_allows(policy, syscall_number("sendmsg")), err) < 0 ||
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
	const struct prebuilt_filter *prebuilt = plan->capabilities == 0 ? seccomp_prebuilt_find(plan->seccomp) : NULL;

	bpf_program_free(&plan->filter);
	plan_policy_free(plan);
	plan->policy = calloc(1, sizeof(struct seccomp_policy *));
	if (plan->policy == NULL)
		return error_set(err, ENOMEM, "plan");
	plan->nofile_last = true;
	if (prebuilt == NULL)
		return compile_seccomp(plan, err);
	return seccomp_prebuilt(prebuilt, plan_explains(plan), &plan->filter, err);
}

int plan_resolve_seccomp(struct plan *plan, struct error *err)
{
	return default_string(&plan->seccomp, DEFAULT_SECCOMP, err) < 0 ? -1 : resolve_seccomp(plan, err);
}

/* The limits that a cgroup enforces. */
static const struct {
	const char *key; /* of settings[] */
	enum plan_degradable degradable;
	enum facts_controller controller;
	const char *controller_name;
} cgroup_limits[] = {
	{"memory", PLAN_DEGRADABLE_MEMORY, FACTS_CONTROLLER_MEMORY, "memory"},
	{"memory_high", PLAN_DEGRADABLE_MEMORY, FACTS_CONTROLLER_MEMORY, "memory"},
	{"swap", PLAN_DEGRADABLE_SWAP, FACTS_CONTROLLER_MEMORY, "memory"},
	{"pids", PLAN_DEGRADABLE_PIDS, FACTS_CONTROLLER_PIDS, "pids"},
	{"cpus", PLAN_DEGRADABLE_CPU, FACTS_CONTROLLER_CPU, "cpu"},
	{"cpu_weight", PLAN_DEGRADABLE_CPU, FACTS_CONTROLLER_CPU, "cpu"},
	{"io_read", PLAN_DEGRADABLE_IO, FACTS_CONTROLLER_IO, "io"},
	{"io_write", PLAN_DEGRADABLE_IO, FACTS_CONTROLLER_IO, "io"},
	/* What is written goes to the page cache first, which is whose only where memory is counted. */
	{"io_write", PLAN_DEGRADABLE_IO, FACTS_CONTROLLER_MEMORY, "memory"},
};

static bool asked_for(const struct plan *plan, const char *key)
{
	const struct setting *setting = setting_find(key);

	return *(const uint64_t *)((const char *)plan + setting->offset) != setting->unset;
}

/* Whether the limit may be missing, which is then noted. */
static bool degrade(struct plan *plan, enum plan_degradable limit)
{
	unsigned bit = 1U << limit;

	if ((plan->allow_degraded & bit) == 0)
		return false;
	plan->degraded |= bit;
	return true;
}

bool plan_asks_for_cgroup(const struct plan *plan)
{
	for (size_t i = 0; i < sizeof cgroup_limits / sizeof cgroup_limits[0]; i++)
		if (asked_for(plan, cgroup_limits[i].key))
			return true;
	return plan->cgroup != NULL;
}

/* The devices that an io limit is for. Without one there is nothing that it could hold for. */
static int settle_devices(struct plan *plan, const struct facts *facts, struct error *err)
{
	const struct plan_limits *limits = &plan->limits;
	bool found[2] = {false, false}; /* to read from, to write to */

	plan->n_devices = 0;
	if ((limits->io_read == 0 && limits->io_write == 0) || (plan->degraded & (1U << PLAN_DEGRADABLE_IO)) != 0)
		return 0;
	for (size_t i = 0; i < facts->n_devices; i++) {
		plan->devices[plan->n_devices++] = facts->devices[i];
		found[0] = true;
		found[1] = found[1] || facts->devices[i].written;
	}
	if (facts->devices_reason == NULL && (limits->io_read == 0 || found[0]) && (limits->io_write == 0 || found[1]))
		return 0;
	plan->n_devices = 0;
	if (degrade(plan, PLAN_DEGRADABLE_IO))
		return 0;
	error_set(err, 0, "io limit: %s",
		facts->devices_reason != NULL ? facts->devices_reason : "the job can write to no block device");
	return error_hint(err, "leave it out, or let it be missing with --allow-degraded io");
}

static int check_limits(struct plan *plan, const struct facts *facts, struct error *err)
{
	plan->degraded = 0;
	if (plan->cgroup != NULL && !facts->cgroup_delegated) {
		error_set(err, 0, "%s: %s: %s", origin_of(plan, "cgroup"), plan->cgroup, facts->cgroup_reason);
		return error_hint(err, "name a cgroup v2 directory that is delegated to this user, or leave it out");
	}
	for (size_t i = 0; i < sizeof cgroup_limits / sizeof cgroup_limits[0]; i++) {
		const char *name = plan_degradable_names[cgroup_limits[i].degradable];
		const char *origin = origin_of(plan, cgroup_limits[i].key);

		if (!asked_for(plan, cgroup_limits[i].key))
			continue;
		if (facts->cgroup_delegated && (facts->cgroup_controllers & cgroup_limits[i].controller) != 0)
			continue;
		if (degrade(plan, cgroup_limits[i].degradable))
			continue;
		error_set(err, 0, "%s limit: no delegated cgroup v2 with the %s controller: %s", name,
			cgroup_limits[i].controller_name, facts->cgroup_reason);
		return error_hint(err,
			"asked for by %s; start it under systemd-run --user --scope -p Delegate=yes, or let it be "
			"missing with --allow-degraded %s",
			origin != NULL ? origin : "default", name);
	}
	if (settle_devices(plan, facts, err) < 0)
		return -1;
	return 0;
}

/* A memory limit that spills into the machine's swap is none, unless swap was spoken of too. */
static int settle_swap(struct plan *plan, struct error *err)
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
	plan->uid = facts->uid;
	plan->gid = facts->gid;
	if (plan->identity == PLAN_IDENTITY_SINGLE)
		return 0;
	if (facts->idmap == NULL)
		return error_set(err, 0, "identity subuid: the subordinate ids were not looked at");
	plan->capabilities = capabilities_of_root();
	return idmap_decide(facts->idmap, facts->uid, facts->gid, &plan->uids, &plan->gids, err);
}

/* One byte is read from it, and the command is not to be who reads it. */
static int check_start_fd(const struct plan *plan, struct error *err)
{
	for (size_t i = 0; plan->start_fd != 0 && i < plan->n_keep_fds; i++)
		if ((uint64_t)plan->keep_fds[i] == plan->start_fd)
			return error_set(err, 0, "--start-fd: %d: given to --keep-fd as well", plan->keep_fds[i]);
	return 0;
}

int plan_resolve(struct plan *plan, const struct facts *facts, struct error *err)
{
	const char *workspace = plan->workspace != NULL ? plan->workspace : PLAN_WORKSPACE;

	plan->kernel = facts->kernel;
	if (plan->tty == PLAN_TTY_AUTO)
		plan->tty = (facts->terminals & 3) == 3 ? PLAN_TTY_YES : PLAN_TTY_NO;
	plan->terminals = facts->terminals;
	if (decide_identity(plan, facts, err) < 0 || default_string(&plan->hostname, DEFAULT_HOSTNAME, err) < 0 ||
		default_string(&plan->workdir, workspace, err) < 0 ||
		default_string(&plan->seccomp, DEFAULT_SECCOMP, err) < 0 || root_settle(plan, err) < 0 ||
		add_workspace(plan, err) < 0 || check_limits(plan, facts, err) < 0 ||
		egress_resolve(plan, facts, err) < 0 || settle_swap(plan, err) < 0 ||
		environment_resolve(plan, facts->environ, err) < 0)
		return -1;
	order_mounts(plan);
	hide_settle(plan);
	if (distrust_writable(plan, err) < 0 || check_start_fd(plan, err) < 0)
		return -1;
	if (resolve_seccomp(plan, err) < 0)
		return -1;
	return landlock_settle(plan, facts, err);
}
