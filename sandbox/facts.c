#include "sandbox/facts.h"

#include "sandbox/cgroup.h"
#include "sandbox/idmap.h"
#include "sandbox/landlock.h"

#include <unistd.h>

void facts_look(struct facts *facts, char **cgroup_parent)
{
	int errnum; /* told by what is missing */

	*facts = (struct facts){.uid = geteuid(), .gid = getegid(), .environ = environ};
	facts->landlock_abi = landlock_look(&facts->landlock_missing, &errnum);
	facts->terminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
	cgroup_look(facts, cgroup_parent);
}

int facts_look_for_identity(struct facts *facts, const struct plan *plan, struct facts_idmap *idmap, struct error *err)
{
	if (plan->identity != PLAN_IDENTITY_SUBUID)
		return 0;
	if (facts_idmap_look(idmap, err) < 0)
		return -1;
	facts->idmap = idmap;
	return 0;
}
