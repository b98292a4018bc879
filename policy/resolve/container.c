#include "policy/resolve/container.h"

#include "common/path.h"
#include "policy/resolve/environment.h"
#include "policy/resolve/missing.h"
#include "policy/resolve/resolve.h"

#include <string.h>

/* A path of a Landlock rule has one name. */
static int check_paths(const struct plan *plan, struct error *err)
{
	for (size_t i = 0; i < plan->root.n_mounts; i++) {
		const struct plan_mount *mount = &plan->root.mounts[i];

		if (strcmp(mount->source, mount->target) == 0)
			continue;
		error_set(err, 0, "%s: %s:%s: an entrypoint cannot show a path elsewhere", mount->origin.text,
			mount->source, mount->target);
		return error_hint(err, "docker run --volume %s:%s", mount->source, mount->target);
	}
	if (plan->root.n_mounts > 0 && !plan->landlock.wanted)
		return error_set(err, 0, "%s: %s: requires Landlock, which --no-landlock disables",
			plan->root.mounts[0].origin.text, plan->root.mounts[0].target);
	return 0;
}

static int check_landlock(struct plan *plan, const struct container_facts *container, struct error *err)
{
	bool by_filter = container->filtered && container->landlock_errnum != 0;

	plan->degraded = 0;
	plan->refused = 0;
	plan->landlock.abi = plan->landlock.wanted ? container->landlock_abi : 0;
	if (!plan->landlock.wanted || container->landlock_abi > 0 ||
		missing_is_accepted(plan, PLAN_DEGRADABLE_LANDLOCK))
		return 0;
	error_set(err, container->landlock_errnum, "landlock: %s",
		by_filter ? "an outer seccomp filter refuses it" : "this kernel cannot restrict files");
	return missing_hint(1U << PLAN_DEGRADABLE_LANDLOCK,
		by_filter ? "docker run --security-opt seccomp=docker-outer.json"
			  : "it requires Linux 5.19 or later with landlock in lsm=",
		err);
}

int container_resolve(
	struct plan *plan, const struct facts *facts, const struct container_facts *container, struct error *err)
{
	plan->in_container = true;
	plan->explain = false; /* nobody stands outside to listen, and a filter that waits for nobody says ENOSYS */
	plan->identity.uid = facts->uid;
	plan->identity.gid = facts->gid;
	plan->kernel = facts->kernel;
	if (check_paths(plan, err) < 0 || check_landlock(plan, container, err) < 0 ||
		environment_resolve(plan, facts->environ, err) < 0)
		return -1;
	return plan_resolve_seccomp(plan, err);
}
