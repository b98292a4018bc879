#include "sandbox/examine_cgroup.h"

#include "common/cleanup.h"
#include "policy/profile.h"
#include "policy/resolve.h"
#include "sandbox/cgroup_limits.h"
#include "sandbox/facts.h"

#include <stdio.h>
#include <string.h>

#define NOT_ASKED_FOR "; this profile does not ask for it"

static const struct {
	enum facts_controller bit;
	enum plan_degradable degradable;
	const char *name, *row, *why;
} controllers[] = {
	{FACTS_CONTROLLER_MEMORY, PLAN_DEGRADABLE_MEMORY, "memory", "memory controller",
		"--memory, --memory-high, --swap"},
	{FACTS_CONTROLLER_PIDS, PLAN_DEGRADABLE_PIDS, "pids", "pids controller", "--pids"},
	{FACTS_CONTROLLER_CPU, PLAN_DEGRADABLE_CPU, "cpu", "cpu controller", "--cpus, --cpu-weight"},
	{FACTS_CONTROLLER_IO, PLAN_DEGRADABLE_IO, "io", "io controller", "--io-read, --io-write"},
};

static enum probe_state state(const struct plan *plan, bool asked, unsigned degradable)
{
	if (!asked)
		return PROBE_OK;
	return (plan->allow_degraded & degradable) == degradable ? PROBE_DEGRADED : PROBE_MISSING;
}

/* The limits of the profile that a cgroup enforces, as bits of plan->allow_degraded. */
static unsigned degradables(unsigned needed)
{
	unsigned bits = 0;

	for (size_t i = 0; i < sizeof controllers / sizeof controllers[0]; i++)
		if ((needed & controllers[i].bit) != 0)
			bits |= 1u << controllers[i].degradable;
	return bits;
}

static void directory(struct examination *exam, const struct plan *plan, const struct facts *facts, const char *parent)
{
	const bool asked = plan_asks_for_cgroup(plan);
	struct probe *row = examination_add(exam, "cgroup v2", "limits on memory, processes, CPU and disks", PROBE_OK);

	if (facts->cgroup_delegated) {
		snprintf(row->found, sizeof row->found, "delegated: %s", parent);
		return;
	}
	row->state = state(plan, asked, degradables(cgroup_limits_controllers(plan)));
	snprintf(row->found, sizeof row->found, "%s%s%s%s", plan->cgroup != NULL ? plan->cgroup : "",
		plan->cgroup != NULL ? ": " : "", facts->cgroup_reason, asked ? "" : NOT_ASKED_FOR);
	snprintf(row->remedy, sizeof row->remedy,
		"start it as a systemd user unit with Delegate=yes, or below `systemd-run --user --scope -p "
		"Delegate=yes` "
		"(`loginctl enable-linger USER` where nobody logs in), or name a delegated directory in "
		"COFFERDAM_CGROUP");
}

static void controller(struct examination *exam, const struct plan *plan, const struct facts *facts, size_t i)
{
	const bool asked = (cgroup_limits_controllers(plan) & controllers[i].bit) != 0;
	struct probe *row = examination_add(exam, controllers[i].row, controllers[i].why, PROBE_OK);

	if ((facts->cgroup_controllers & controllers[i].bit) != 0) {
		snprintf(row->found, sizeof row->found, "%s", asked ? "can be enabled, tried" : "delegated");
		return;
	}
	row->state = state(plan, asked, 1u << controllers[i].degradable);
	snprintf(
		row->found, sizeof row->found, "not among those of the delegated cgroup%s", asked ? "" : NOT_ASKED_FOR);
	snprintf(row->remedy, sizeof row->remedy,
		"as root: mkdir -p /etc/systemd/system/user@.service.d; printf '[Service]\\nDelegate=cpu cpuset io "
		"memory "
		"pids\\n' >/etc/systemd/system/user@.service.d/delegate.conf; systemctl daemon-reload; log in again");
}

void examine_cgroup(struct examination *exam, const char *profile, struct facts *facts, char **cgroup_parent)
{
	_cleanup_(plan_free) struct plan plan = {0};
	const char *by_hand = getenv("COFFERDAM_CGROUP");
	struct error err;

	if (plan_init(&plan, &err) < 0 || profile_load(profile, &plan, &err) < 0)
		return; /* told by the launch itself */
	if (by_hand != NULL && by_hand[0] != '\0' && (plan.cgroup = strdup(by_hand)) == NULL)
		return;
	facts_look_for(&plan, facts, cgroup_parent);
	directory(exam, &plan, facts, *cgroup_parent);
	for (size_t i = 0; facts->cgroup_delegated && i < sizeof controllers / sizeof controllers[0]; i++)
		controller(exam, &plan, facts, i);
}
