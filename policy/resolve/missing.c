#include "policy/resolve/missing.h"

#include "common/words.h"
#include "policy/limits.h"

bool missing_is_accepted(struct plan *plan, enum plan_degradable what)
{
	const unsigned bit = 1U << what;

	if ((plan->allow_degraded & bit) == 0)
		plan->refused |= bit;
	else
		plan->degraded |= bit;
	return (plan->allow_degraded & bit) != 0;
}

int missing_hint(unsigned refused, const char *remedy, struct error *err)
{
	char names[128] = "";

	limit_degradable_names(refused, ",", names, sizeof names);
	return error_hint(err, "%s%sor accept %s absence with --allow-degraded %s (allow_degraded in a profile)",
		remedy, remedy[0] != '\0' ? "; " : "", (refused & (refused - 1)) != 0 ? "their" : "its", names);
}
