#include "sandbox/examine_network.h"

#include "common/cleanup.h"
#include "policy/profile.h"
#include "sandbox/network_facts.h"

#include <stdio.h>
#include <string.h>

struct need {
	const char *name, *why, *remedy;
	const char *found; /* NULL: missing */
	const char *lack;
};

static void add(struct examination *exam, const struct need *need, enum probe_state missing)
{
	struct probe *row = &exam->rows[exam->n++];

	*row = (struct probe){.name = need->name, .why = need->why, .state = need->found != NULL ? PROBE_OK : missing};
	snprintf(row->found, sizeof row->found, "%s", need->found != NULL ? need->found : need->lack);
	if (need->found == NULL)
		snprintf(row->remedy, sizeof row->remedy, "%s", need->remedy);
}

void examine_network(struct examination *exam, const char *profile, struct facts_network *network, struct facts *facts)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct error err;
	enum probe_state missing;

	if (plan_init(&plan, &err) < 0 || profile_load(profile, &plan, &err) < 0 || plan.network != PLAN_NETWORK_OPEN ||
		network_facts_look(network, &err) < 0)
		return;
	facts->network = network;
	missing = (plan.allow_degraded & (1U << PLAN_DEGRADABLE_NETWORK)) != 0 ? PROBE_DEGRADED : PROBE_MISSING;
	const struct need needs[EXAMINATION_NETWORK_ROWS] = {
		{"pasta", "network open: it carries the job's connections", "apt-get install passt", network->pasta,
			"not installed"},
		{"nft", "network open: the rules in the job's own network namespace", "apt-get install nftables",
			network->nft, "not installed"},
		{"/dev/net/tun", "network open: the job's interface",
			"modprobe tun; chmod 0666 /dev/net/tun; in a container --device /dev/net/tun",
			network->tun_errnum == 0 ? "can be opened" : NULL, strerror(network->tun_errnum)},
		{"routes", "network open: this host and its networks, which the job must not reach",
			"run where rtnetlink(7) answers, and with fewer routes",
			network->routes_missing == NULL ? "known" : NULL, network->routes_missing},
	};
	for (size_t i = 0; i < EXAMINATION_NETWORK_ROWS; i++)
		add(exam, &needs[i], missing);
}
