#include "policy/expectation.h"

static bool is_degraded(const struct plan *plan, enum plan_degradable what)
{
	return (plan->degraded & (1u << what)) != 0;
}

static uint64_t count_ids(const struct idmap *map)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < map->n; i++)
		n += map->extents[i].count;
	return n;
}

struct expectation plan_expectation(const struct plan *plan)
{
	const struct plan_identity *identity = &plan->identity;
	const bool single = identity->kind == PLAN_IDENTITY_SINGLE;
	/* At the last look before the filter, after which nothing of /proc can be opened. */
	const bool is_user = identity->user.uid != 0 && !plan_becomes_user_last(plan);

	return (struct expectation){
		.in_container = plan->in_container,
		.own_network = plan->network != PLAN_NETWORK_HOST,
		.connected = plan->network == PLAN_NETWORK_OPEN && !is_degraded(plan, PLAN_DEGRADABLE_NETWORK),
		.uids = single ? 1 : count_ids(&identity->uids),
		.gids = single ? 1 : count_ids(&identity->gids),
		.uid = single    ? identity->uid
		       : is_user ? identity->user.uid
				 : 0,
		.gid = single    ? identity->gid
		       : is_user ? identity->user.gid
				 : 0,
		.no_groups = !single,
		.groups = is_user ? identity->user.n_groups : 0,
		.capabilities = identity->capabilities,
		.becomes_user = is_user,
		.command_capabilities = is_user ? 0 : identity->capabilities,
		.root = &plan->root,
		.etc = &plan->etc,
		.workdir = plan->command.workdir,
		.hostname = plan->hostname,
		.landlock =
			plan->landlock.wanted && plan->landlock.abi > 0 && !is_degraded(plan, PLAN_DEGRADABLE_LANDLOCK),
		.filter = &plan->filter,
		.fds = &plan->fds,
		.terminal = plan->tty == PLAN_TTY_YES,
		.limits = &plan->limits,
		.degraded = plan->degraded,
		.nofile_last = plan->nofile_last,
	};
}
