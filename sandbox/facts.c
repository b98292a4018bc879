#include "sandbox/facts.h"

#include "sandbox/cgroup/cgroup.h"
#include "sandbox/cgroup/limits.h"
#include "sandbox/filter/kernel_version.h"
#include "sandbox/filter/landlock.h"
#include "sandbox/identity/idmap.h"
#include "sandbox/process/stdio.h"

#include <stdlib.h>
#include <unistd.h>

void facts_detect(struct facts *facts, char **cgroup_parent)
{
	int errnum; /* reported by what is missing */

	*facts = (struct facts){.uid = geteuid(), .gid = getegid(), .kernel = kernel_version(), .environ = environ};
	facts->landlock_abi = landlock_detect(&facts->landlock_missing, &errnum);
	facts->terminals = stdio_terminals();
	facts->in_background = (facts->terminals & 1u << STDIN_FILENO) != 0 && stdio_in_background();
	if (cgroup_parent != NULL)
		cgroup_detect(NULL, facts, cgroup_parent);
	else
		facts->cgroup_reason = "not looked for";
}

/* Tries what was found; what cannot be had after all is forgotten. */
static void try_cgroup(unsigned controllers, struct facts *facts, char **cgroup_parent)
{
	cgroup_probe(*cgroup_parent, controllers, facts);
	if (facts->cgroup_delegated)
		return;
	free(*cgroup_parent);
	*cgroup_parent = NULL;
}

void facts_detect_cgroup(
	const char *by_hand, const struct plan_limits *limits, bool tried, struct facts *facts, char **cgroup_parent)
{
	/* Nothing is missing by consent yet. */
	const unsigned controllers = cgroup_limits_controllers(limits, 0);

	if (by_hand != NULL) {
		free(*cgroup_parent);
		cgroup_detect(by_hand, facts, cgroup_parent);
	}
	if (*cgroup_parent != NULL && tried)
		try_cgroup(controllers, facts, cgroup_parent);
	if ((!facts->cgroup_delegated && by_hand != NULL) || (controllers & ~facts->cgroup_controllers) != 0)
		facts->cgroup_remedy = cgroup_remedy(by_hand, facts, false);
}

int facts_detect_identity(
	enum plan_identity_kind kind, struct facts *facts, struct facts_idmap *idmap, struct error *err)
{
	if (kind != PLAN_IDENTITY_SUBUID)
		return 0;
	if (facts_idmap_detect(idmap, err) < 0)
		return -1;
	facts->idmap = idmap;
	return 0;
}
