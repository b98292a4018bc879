#include "policy/egress_resolve.h"

#include <errno.h>
#include <string.h>

#define DEVICE "/dev/net/tun"

/* What is missing, as an error with its remedy. */
static int check_host(const struct facts_network *host, struct error *err)
{
	if (host->pasta == NULL) {
		error_set(err, 0, "network open: pasta is not installed");
		return error_hint(err, "apt-get install passt; or let it be missing with --allow-degraded network");
	}
	if (host->nft == NULL) {
		error_set(err, 0, "network open: nft is not installed");
		return error_hint(err, "apt-get install nftables; or let it be missing with --allow-degraded network");
	}
	if (host->tun_errnum != 0) {
		error_set(err, host->tun_errnum, "network open: " DEVICE);
		return error_hint(err,
			"pasta needs to open it: modprobe tun; chmod 0666 " DEVICE "; in a container --device " DEVICE
			"; or let it be missing with --allow-degraded network");
	}
	if (host->routes_missing != NULL) {
		error_set(err, 0, "network open: host's addresses and routes: %s", host->routes_missing);
		return error_hint(err,
			"they are what the job must not reach; or let it be missing with --allow-degraded network");
	}
	return 0;
}

static int spell_out(struct egress *egress, const struct facts_network *host, struct error *err)
{
	egress->rules = egress_rules(egress->opens, egress->n_opens, host);
	egress->resolv_conf = egress_resolv_conf(host->resolv_conf);
	egress->helper = egress_helper(host->pasta, egress->opens, egress->n_opens);
	egress->nft = strdup(host->nft);
	if (egress->rules == NULL || egress->resolv_conf == NULL || egress->helper == NULL || egress->nft == NULL)
		return error_set(err, ENOMEM, "plan");
	return 0;
}

int egress_resolve(struct plan *plan, const struct facts *facts, struct error *err)
{
	if (plan->network != PLAN_NETWORK_OPEN) {
		if (plan->egress.n_opens == 0)
			return 0;
		error_set(err, 0, "network_open: the network is not open");
		return error_hint(err, "--network open, or leave network_open out");
	}
	if (facts->network == NULL)
		return 0;
	if (check_host(facts->network, err) < 0) {
		if ((plan->allow_degraded & (1U << PLAN_DEGRADABLE_NETWORK)) == 0)
			return -1;
		plan->degraded |= 1U << PLAN_DEGRADABLE_NETWORK;
		plan->network = PLAN_NETWORK_NONE;
		return 0;
	}
	return spell_out(&plan->egress, facts->network, err);
}
