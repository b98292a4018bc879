#include "sandbox/doctor/examine_cgroup.h"

#include "policy/limits.h"
#include "policy/resolve/resolve.h"
#include "sandbox/cgroup/block_device.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/cgroup/limits.h"
#include "sandbox/facts.h"

#include <stdio.h>
#include <string.h>

#define NOT_ASKED_FOR "; this launch does not request it"

/* "memory controller", and the options that need it. */
static char names[LIMIT_CONTROLLERS][32], options[LIMIT_CONTROLLERS][128];

static void name_options(unsigned i)
{
	size_t used = 0;

	snprintf(names[i], sizeof names[i], "%s controller", limit_controllers[i].name);
	for (unsigned k = 0; k < PLAN_LIMIT_COUNT && used < sizeof options[i]; k++) {
		char option[32];

		if (limit_rows[k].controller != limit_controllers[i].bit)
			continue;
		setting_option(&limit_rows[k].setting, option, sizeof option);
		used += (size_t)snprintf(
			options[i] + used, sizeof options[i] - used, "%s--%s", used > 0 ? ", " : "", option);
	}
}

static enum probe_state state(unsigned allow_degraded, bool asked, unsigned degradable)
{
	if (!asked)
		return PROBE_OK;
	return (allow_degraded & degradable) == degradable ? PROBE_DEGRADED : PROBE_MISSING;
}

/* The limits of the profile that need one of the controllers, as bits of its allow_degraded. */
static unsigned degradables(const struct plan_limits *limits, unsigned needed)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < PLAN_LIMIT_COUNT; i++)
		if (((limit_rows[i].controller | limit_rows[i].also) & needed) != 0 &&
			limit_is_asked_for(limits, &limit_rows[i]))
			bits |= 1u << limit_rows[i].degradable;
	return bits;
}

/* `asked`: the profile asks for it; `lacking`: what it is to the profile that there is none. */
static void directory(struct examination *exam, const char *by_hand, bool asked, enum probe_state lacking,
	const struct facts *facts, const char *parent)
{
	struct probe *row = examination_add(exam, "cgroup v2", "limits on memory, processes, CPU and disks", PROBE_OK);

	if (facts->cgroup_delegated) {
		snprintf(row->found, sizeof row->found, "delegated: %s", parent);
		return;
	}
	row->state = lacking;
	snprintf(row->found, sizeof row->found, "%s%s%s%s", by_hand != NULL ? by_hand : "", by_hand != NULL ? ": " : "",
		facts->cgroup_reason, asked ? "" : NOT_ASKED_FOR);
	if (facts->cgroup_remedy != NULL) {
		snprintf(row->remedy, sizeof row->remedy, "%s", facts->cgroup_remedy);
		return;
	}
	snprintf(row->remedy, sizeof row->remedy,
		"run as a systemd user unit with Delegate=yes, or under `systemd-run --user --scope -p Delegate=yes` (`loginctl enable-linger USER` where nobody logs in), or name a delegated directory in COFFERDAM_CGROUP");
}

static void controller(struct examination *exam, const struct plan_limits *limits, unsigned allow_degraded,
	const char *by_hand, const struct facts *facts, unsigned i)
{
	const bool asked = (cgroup_limits_controllers(limits, 0) & limit_controllers[i].bit) != 0;
	struct probe *row;

	name_options(i);
	row = examination_add(exam, names[i], options[i], PROBE_OK);
	if ((facts->cgroup_controllers & limit_controllers[i].bit) != 0) {
		snprintf(row->found, sizeof row->found, "%s", asked ? "can be enabled (tested)" : "delegated");
		return;
	}
	row->state = state(allow_degraded, asked, degradables(limits, limit_controllers[i].bit));
	snprintf(row->found, sizeof row->found, "not available in the delegated cgroup%s", asked ? "" : NOT_ASKED_FOR);
	snprintf(row->remedy, sizeof row->remedy, "%s", cgroup_remedy(by_hand, facts, true));
}

void examine_cgroup(struct examination *exam, const struct plan *plan, struct facts *facts, char **cgroup_parent)
{
	const bool asked = plan_asks_for_cgroup(plan);

	facts_detect_cgroup(plan->cgroup, &plan->limits, asked, facts, cgroup_parent);
	block_devices_detect(&plan->limits, plan->workspace, &plan->root, facts);
	directory(exam, plan->cgroup, asked,
		state(plan->allow_degraded, asked,
			degradables(&plan->limits, cgroup_limits_controllers(&plan->limits, 0))),
		facts, *cgroup_parent);
	for (unsigned i = 0; facts->cgroup_delegated && i < LIMIT_CONTROLLERS; i++)
		controller(exam, &plan->limits, plan->allow_degraded, plan->cgroup, facts, i);
}
