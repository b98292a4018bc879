#include "policy/landlock.h"

#include "policy/settings.h"

bool landlock_is_absent(const struct plan *plan, const struct facts *facts)
{
	return !plan->landlock || facts->landlock_missing != NULL;
}

int landlock_settle(struct plan *plan, const struct facts *facts, struct error *err)
{
	const unsigned bit = 1U << PLAN_DEGRADABLE_LANDLOCK;
	const char *origin = plan->origins[setting_index(setting_find("landlock"))].text;

	plan->landlock_abi = 0;
	plan->landlock_no_tcp = false;
	if (!landlock_is_absent(plan, facts)) {
		plan->landlock_abi = facts->landlock_abi;
		/* One that was handed in (standard input of a socket service) must not be a way out either: it belongs
		 * to the caller's network, and connect(2) with AF_UNSPEC and once more leads it anywhere. */
		plan->landlock_no_tcp = !seccomp_program_makes_tcp(&plan->filter);
		return 0;
	}
	if (!plan->landlock)
		return 0;
	if ((plan->allow_degraded & bit) != 0) {
		plan->degraded |= bit;
		return 0;
	}
	error_set(err, 0, "landlock: %s", facts->landlock_missing);
	return error_hint(err,
		"asked for by %s; a kernel of 5.19 or later with landlock among its modules (lsm=landlock,…), or let "
		"it be "
		"missing with --allow-degraded landlock",
		origin != NULL ? origin : "default");
}
