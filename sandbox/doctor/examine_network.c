#include "sandbox/doctor/examine_network.h"

#include "policy/resolve/egress.h"
#include "sandbox/network/facts.h"

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

void examine_network(
	struct examination *exam, enum probe_state missing, struct facts_network *network, struct facts *facts)
{
	struct error err;

	if (network_facts_detect(network, &err) < 0)
		return;
	facts->network = network;
	const struct need needs[EXAMINATION_NETWORK_ROWS] = {
		{"pasta", "network open: carries the job's connections", "apt-get install passt", network->pasta,
			"not installed"},
		{"nft", "network open: the rules in the job's own network namespace", "apt-get install nftables",
			network->nft, "not installed"},
		{"/dev/net/tun", "network open: the job's interface", egress_tun_remedy(network->tun_errnum),
			network->tun_errnum == 0 ? "can be opened" : NULL, strerror(network->tun_errnum)},
		{"routes", "network open: this host and its networks, which the job must not reach",
			"run where rtnetlink(7) answers, and with fewer routes",
			network->routes_missing == NULL ? "known" : NULL, network->routes_missing},
	};
	for (size_t i = 0; i < EXAMINATION_NETWORK_ROWS; i++)
		add(exam, &needs[i], missing);
}
