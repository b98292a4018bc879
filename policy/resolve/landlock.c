#include "policy/resolve/landlock.h"

#include "policy/resolve/missing.h"
#include "policy/settings.h"

#include <stdio.h>

bool landlock_is_absent(const struct plan *plan, const struct facts *facts)
{
	return !plan->landlock.wanted || facts->landlock_missing != NULL;
}

int landlock_check(struct plan *plan, const struct facts *facts, struct error *err)
{
	const char *origin = plan->origins[setting_index(setting_find("landlock"))].text;
	char remedy[256];

	if (!plan->landlock.wanted || !landlock_is_absent(plan, facts) ||
		missing_is_accepted(plan, PLAN_DEGRADABLE_LANDLOCK))
		return 0;
	error_set(err, 0, "landlock: %s", facts->landlock_missing);
	snprintf(remedy, sizeof remedy, "requested by %s; requires Linux 5.19 or later with landlock in lsm=",
		origin != NULL ? origin : "default");
	return missing_hint(1U << PLAN_DEGRADABLE_LANDLOCK, remedy, err);
}

void landlock_resolve(struct plan *plan, const struct facts *facts)
{
	plan->landlock.abi = 0;
	plan->landlock.no_tcp = false;
	if (landlock_is_absent(plan, facts))
		return;
	plan->landlock.abi = facts->landlock_abi;
	/* One that was handed in (standard input of a socket service) must not be a way out either: it belongs to the
	 * caller's network, and connect(2) with AF_UNSPEC and once more leads it anywhere. */
	plan->landlock.no_tcp = !seccomp_program_makes_tcp(&plan->filter);
}
