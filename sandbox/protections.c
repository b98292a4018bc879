#include "sandbox/protections.h"

#include "policy/capabilities.h"
#include "sandbox/disk.h"
#include "sandbox/landlock.h"
#include "sandbox/look.h"

#include <stdio.h>

static const struct protection_report not_asked_for = {.state = PROTECTION_DISABLED, .detail = "not asked for"};

static struct protection_report row(enum protection_state state, const char *detail)
{
	return (struct protection_report){.state = state, .detail = detail};
}

static struct protection_report active(const char *detail)
{
	return row(PROTECTION_ACTIVE, detail);
}

/* The state of a limit that may be missing by consent. */
static struct protection_report limit(const struct plan *plan, bool asked, enum plan_degradable what)
{
	if (!asked)
		return not_asked_for;
	if ((plan->degraded & (1u << what)) == 0)
		return active(NULL);
	/* With many ids a job has that limit many times. */
	if (what == PLAN_DEGRADABLE_PIDS && plan->identity == PLAN_IDENTITY_SINGLE)
		return row(PROTECTION_DEGRADED, "RLIMIT_NPROC, counted per user namespace, stands in for pids.max");
	return row(PROTECTION_UNAVAILABLE, "allow_degraded");
}

static struct protection_report landlock(const struct plan *plan)
{
	static char text[128];

	if (!plan->landlock)
		return not_asked_for;
	if (plan->landlock_abi == 0)
		return row(PROTECTION_UNAVAILABLE, "allow_degraded");
	landlock_describe(plan, text, sizeof text);
	return active(text);
}

/* "CAP_CHOWN CAP_…: …", the same for every plan that keeps any. */
static const char *kept_capabilities(const struct plan *plan)
{
	static char text[512];
	size_t used = 0;

	if (plan->capabilities == 0)
		return "all sets and the bounding set empty, securebits locked";
	for (size_t i = 0; i < capabilities_count && used < sizeof text; i++)
		if ((plan->capabilities & UINT64_C(1) << capabilities_known[i].number) != 0)
			used += (size_t)snprintf(text + used, sizeof text - used, "%s ", capabilities_known[i].name);
	if (used < sizeof text)
		snprintf(text + used, sizeof text - used,
			"over the ids of the map, no other in any set or the bounding set, securebits locked");
	return text;
}
static const char *const roots[] = {
	[PLAN_ROOT_HOST] = "read-only root from the mount table, pivot_root, old root detached",
	[PLAN_ROOT_OVERLAY] = "throw-away layers over the host's system, pivot_root, old root detached",
	[PLAN_ROOT_DIR] = "throw-away layer over an unpacked image, pivot_root, old root detached",
};

static struct protection_report explain(const struct plan *plan, const struct denials *denials)
{
	if (!plan->explain)
		return not_asked_for;
	if (!plan_explains(plan))
		return row(PROTECTION_UNAVAILABLE, "allow_degraded: the policy does not allow sendmsg(2)");
	if (!denials->explained)
		return row(PROTECTION_UNAVAILABLE, denials->reason);
	return active("denied calls are answered by the launcher, with the errno of the policy");
}

static void as_planned(const struct plan *plan, bool in_cgroup, struct outcome *outcome)
{
	const struct plan_limits *limits = &plan->limits;
	struct protection_report *p = outcome->protections;

	p[PROTECTION_USER_NAMESPACE] =
		active(plan->identity == PLAN_IDENTITY_SUBUID ? "inside root is the caller, the rest is the caller's "
								"subordinate ids; no supplementary group"
							      : "the caller's uid and gid, nothing else mapped");
	p[PROTECTION_PID_NAMESPACE] = active(NULL);
	p[PROTECTION_MOUNT_NAMESPACE] = active(NULL);
	p[PROTECTION_IPC_NAMESPACE] = active(NULL);
	p[PROTECTION_UTS_NAMESPACE] = active(NULL);
	p[PROTECTION_CGROUP_NAMESPACE] = active(NULL);
	p[PROTECTION_NETWORK_NAMESPACE] =
		plan->network == PLAN_NETWORK_HOST ? row(PROTECTION_DISABLED, "network: host, asked for by name")
		: plan->network == PLAN_NETWORK_OPEN
			? active("own namespace by way of pasta; nftables refuse this host and its networks")
		: (plan->degraded & (1u << PLAN_DEGRADABLE_NETWORK)) != 0
			? row(PROTECTION_DEGRADED, "network open cannot be had here: nothing but lo")
			: active("nothing but lo");
	p[PROTECTION_ROOT] = active(roots[plan->root]);
	p[PROTECTION_PROC_MASKS] = active(NULL);
	p[PROTECTION_CAPABILITIES] = active(kept_capabilities(plan));
	p[PROTECTION_NO_NEW_PRIVS] = active(NULL);
	p[PROTECTION_LANDLOCK] = landlock(plan);
	p[PROTECTION_SECCOMP] = active(plan->seccomp);
	p[PROTECTION_RLIMITS] = active("ceilings: a lower hard limit of the caller holds");
	p[PROTECTION_KEYRING] = active("own session keyring");
	p[PROTECTION_SESSION] =
		active(plan->tty == PLAN_TTY_YES ? "own session" : "own session, no controlling terminal");
	p[PROTECTION_FILE_DESCRIPTORS] = active(plan->n_keep_fds > 0 ? "0-2 and --keep-fd" : "0-2");
	p[PROTECTION_ENVIRONMENT] = active(plan->withheld);
	p[PROTECTION_CGROUP] =
		in_cgroup ? active("own leaf, cgroup.kill") : row(PROTECTION_DISABLED, "no delegated cgroup v2");
	p[PROTECTION_MEMORY] = limit(plan, limits->memory != 0 || limits->memory_high != 0, PLAN_DEGRADABLE_MEMORY);
	p[PROTECTION_SWAP] = limit(plan, limits->swap != PLAN_SWAP_UNSET, PLAN_DEGRADABLE_SWAP);
	p[PROTECTION_PIDS] = limit(plan, limits->pids != 0, PLAN_DEGRADABLE_PIDS);
	p[PROTECTION_CPU] = limit(plan, limits->cpus_milli != 0 || limits->cpu_weight != 0, PLAN_DEGRADABLE_CPU);
	p[PROTECTION_DISK] = limits->disk == 0 ? not_asked_for
			     : disk_is_watched(plan)
				     ? active("workspace and --rw: counted, killed when over; the rest: one tmpfs")
				     : active("one tmpfs for all that is writable");
	p[PROTECTION_IO] = limit(plan, limits->io_read != 0 || limits->io_write != 0, PLAN_DEGRADABLE_IO);
	p[PROTECTION_EXPLAIN] = explain(plan, &outcome->denials);
	p[PROTECTION_TTY] = plan->tty == PLAN_TTY_YES ? active("a pseudo-terminal of its own devpts")
			    : plan->terminals != 0
				    ? active("the caller's terminal is only printed to, by way of one of the job's own")
				    : not_asked_for;
	p[PROTECTION_TIME] = limits->time_ns != 0 ? active(NULL) : not_asked_for;
}

void protections_verify(const struct plan *plan, const struct seen_before *before, const struct seen_values *seen,
	struct outcome *outcome)
{
	/* Not in the outcome, which every launch fills: these are there with a report only. */
	static struct protection_fact facts[PROTECTION_COUNT][PROTECTION_FACTS_MAX];

	for (unsigned i = 0; i < PROTECTION_COUNT; i++) {
		struct protection_report *p = &outcome->protections[i];

		if (p->state != PROTECTION_ACTIVE && p->state != PROTECTION_DEGRADED)
			continue;
		p->facts = facts[i];
		p->n_facts = seen_facts(seen, i, facts[i]);
		p->unseen = seen_lacks(plan, before, seen, i);
		if (p->unseen != NULL && p->state == PROTECTION_ACTIVE)
			p->state = PROTECTION_UNVERIFIED;
	}
}

void protections_report(
	const struct plan *plan, bool in_cgroup, const struct seen_values *seen, struct outcome *outcome)
{
	as_planned(plan, in_cgroup, outcome);
	protections_verify(plan, look_before(), seen, outcome);
}
