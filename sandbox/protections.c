#include "sandbox/protections.h"

#include "sandbox/entrypoint.h"
#include "sandbox/protection_row.h"
#include "sandbox/verify/inspect.h"

#define NEVER PLAN_DEGRADABLE_COUNT

/* name, degradable, launched, entered */
const struct protection_row protection_rows[PROTECTION_COUNT] = {
	[PROTECTION_USER_NAMESPACE] = {"user_namespace", NEVER, protection_user_namespace, container_runtime},
	[PROTECTION_PID_NAMESPACE] = {"pid_namespace", NEVER, protection_plain, container_runtime},
	[PROTECTION_MOUNT_NAMESPACE] = {"mount_namespace", NEVER, protection_plain, container_runtime},
	[PROTECTION_IPC_NAMESPACE] = {"ipc_namespace", NEVER, protection_plain, container_runtime},
	[PROTECTION_UTS_NAMESPACE] = {"uts_namespace", NEVER, protection_plain, container_runtime},
	[PROTECTION_CGROUP_NAMESPACE] = {"cgroup_namespace", NEVER, protection_plain, container_runtime},
	[PROTECTION_NETWORK_NAMESPACE] = {"network_namespace", PLAN_DEGRADABLE_NETWORK, protection_network,
		container_runtime},
	[PROTECTION_ROOT] = {"root", NEVER, protection_root, container_runtime},
	[PROTECTION_PROC_MASKS] = {"proc_masks", NEVER, protection_plain, container_runtime},
	[PROTECTION_CAPABILITIES] = {"capabilities", NEVER, protection_capabilities, container_capabilities},
	[PROTECTION_NO_NEW_PRIVS] = {"no_new_privs", NEVER, protection_plain, protection_plain},
	[PROTECTION_LANDLOCK] = {"landlock", PLAN_DEGRADABLE_LANDLOCK, protection_landlock, container_landlock},
	[PROTECTION_SECCOMP] = {"seccomp", NEVER, protection_seccomp, protection_seccomp},
	[PROTECTION_EXPLAIN] = {"explain", PLAN_DEGRADABLE_EXPLAIN, protection_explain, container_explain},
	[PROTECTION_RLIMITS] = {"rlimits", NEVER, protection_rlimits, container_rlimits},
	[PROTECTION_KEYRING] = {"keyring", NEVER, protection_keyring, container_keyring},
	[PROTECTION_SESSION] = {"session", NEVER, protection_session, container_session},
	[PROTECTION_TTY] = {"tty", NEVER, protection_tty, container_runtime},
	[PROTECTION_FILE_DESCRIPTORS] = {"file_descriptors", NEVER, protection_descriptors, protection_descriptors},
	[PROTECTION_ENVIRONMENT] = {"environment", NEVER, protection_environment, protection_environment},
	[PROTECTION_CGROUP] = {"cgroup", NEVER, protection_cgroup, container_runtime},
	[PROTECTION_MEMORY] = {"memory", PLAN_DEGRADABLE_MEMORY, protection_limit, container_runtime},
	[PROTECTION_SWAP] = {"swap", PLAN_DEGRADABLE_SWAP, protection_limit, container_runtime},
	[PROTECTION_PIDS] = {"pids", PLAN_DEGRADABLE_PIDS, protection_limit, container_runtime},
	[PROTECTION_CPU] = {"cpu", PLAN_DEGRADABLE_CPU, protection_limit, container_runtime},
	[PROTECTION_DISK] = {"disk", PLAN_DEGRADABLE_DISK, protection_disk, container_runtime},
	[PROTECTION_IO] = {"io", PLAN_DEGRADABLE_IO, protection_limit, container_runtime},
	[PROTECTION_TIME] = {"time", NEVER, protection_time, protection_time},
};

const char *protection_name(enum protection protection)
{
	return protection_rows[protection].name;
}

enum protection protection_of_degradable(enum plan_degradable what)
{
	unsigned i = 0;

	while (protection_rows[i].degradable != what)
		i++;
	return i;
}

void protections_verify(const struct seen_before *before, const struct seen_values *seen, struct outcome *outcome)
{
	/* Not in the outcome, which every launch fills: these are there with a report only. */
	static struct protection_fact facts[PROTECTION_COUNT][PROTECTION_FACTS_MAX];

	for (unsigned i = 0; i < PROTECTION_COUNT; i++) {
		struct protection_report *p = &outcome->protections[i];

		if (p->state != PROTECTION_ACTIVE && p->state != PROTECTION_DEGRADED)
			continue;
		p->facts = facts[i];
		p->n_facts = seen_facts(seen, i, facts[i]);
		p->unseen = seen_lacks(before, seen, i);
		if (p->unseen != NULL && p->state == PROTECTION_ACTIVE)
			p->state = PROTECTION_UNVERIFIED;
	}
}

static struct put_up put_up(const struct plan *plan)
{
	return (struct put_up){
		.identity = &plan->identity,
		.root = &plan->root,
		.limits = &plan->limits,
		.landlock = &plan->landlock,
		.fds = &plan->fds,
		.seccomp = plan->seccomp,
		.withheld = plan->withheld,
		.network = plan->network,
		.tty = plan->tty,
		.terminals = plan->terminals,
		.degraded = plan->degraded,
		.explain = plan->explain,
	};
}

void protections_report(
	const struct plan *plan, bool in_cgroup, const struct seen_values *seen, struct outcome *outcome)
{
	struct put_up up = put_up(plan);

	up.denials = &outcome->denials;
	up.in_cgroup = in_cgroup;
	for (unsigned i = 0; i < PROTECTION_COUNT; i++) {
		up.row = &protection_rows[i];
		outcome->protections[i] = up.row->launched(&up);
	}
	protections_verify(inspect_before(), seen, outcome);
}

void container_protections(const struct plan *plan, const struct entrypoint *entrypoint, struct outcome *outcome)
{
	struct put_up up = put_up(plan);

	up.entrypoint = entrypoint;
	for (unsigned i = 0; i < PROTECTION_COUNT; i++) {
		up.row = &protection_rows[i];
		outcome->protections[i] = up.row->entered(&up);
	}
	protections_verify(inspect_before(), &entrypoint->seen, outcome);
}
