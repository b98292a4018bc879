#include "sandbox/facts.h"

#include "policy/resolve.h"
#include "sandbox/block_device.h"
#include "sandbox/cgroup.h"
#include "sandbox/idmap.h"
#include "sandbox/kernel_version.h"
#include "sandbox/landlock.h"
#include "sandbox/stdio.h"

#include <stdlib.h>
#include <unistd.h>

void facts_look(struct facts *facts, char **cgroup_parent)
{
	int errnum; /* told by what is missing */

	*facts = (struct facts){.uid = geteuid(), .gid = getegid(), .kernel = kernel_version(), .environ = environ};
	facts->landlock_abi = landlock_look(&facts->landlock_missing, &errnum);
	facts->terminals = stdio_terminals();
	if (cgroup_parent != NULL)
		cgroup_look(NULL, facts, cgroup_parent);
	else
		facts->cgroup_reason = "not looked for";
}

void facts_look_for(const struct plan *plan, struct facts *facts, char **cgroup_parent)
{
	if (plan->cgroup != NULL) {
		free(*cgroup_parent);
		cgroup_look(plan->cgroup, facts, cgroup_parent);
	}
	if (*cgroup_parent != NULL && plan_asks_for_cgroup(plan) && !plan->dry_run) {
		cgroup_probe(plan, *cgroup_parent, facts);
		if (!facts->cgroup_delegated) {
			free(*cgroup_parent);
			*cgroup_parent = NULL;
		}
	}
	block_devices_look(plan, facts);
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
