#include "policy/resolve/egress.h"

#include "policy/resolve/missing.h"

#include <errno.h>
#include <string.h>

#define DEVICE "/dev/net/tun"
#define NETWORK (1U << PLAN_DEGRADABLE_NETWORK)

const char *egress_tun_remedy(int errnum)
{
	if (errnum == EACCES)
		return "pasta requires it, and this user may not open it: as root, chmod 0666 " DEVICE ", udev's mode";
	if (errnum == EPERM)
		return "pasta requires it, and the container's devices do not include it: --device " DEVICE;
	return "pasta requires it: as root, modprobe tun; in a container --device " DEVICE;
}

/* What is missing, as an error with its remedy. */
static int check_host(const struct facts_network *host, struct error *err)
{
	if (host->pasta == NULL) {
		error_set(err, 0, "network open: pasta is not installed");
		return missing_hint(NETWORK, "apt-get install passt", err);
	}
	if (host->nft == NULL) {
		error_set(err, 0, "network open: nft is not installed");
		return missing_hint(NETWORK, "apt-get install nftables", err);
	}
	if (host->tun_errnum != 0) {
		error_set(err, host->tun_errnum, "network open: " DEVICE);
		return missing_hint(NETWORK, egress_tun_remedy(host->tun_errnum), err);
	}
	if (host->routes_missing != NULL) {
		error_set(err, 0, "network open: host's addresses and routes: %s", host->routes_missing);
		return missing_hint(NETWORK, "the job must not reach them, so they must be readable", err);
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

static int refuse_opens(const struct plan *plan, struct error *err)
{
	const char *origin = plan->egress.opens_origin;
	const bool option = origin == NULL || origin[0] == '-';

	error_set(err, 0, "%s%s: the network is not open", option ? "" : origin,
		option ? "--network-open" : ": network_open");
	return error_hint(err, option ? "use --network open" : "add \"network\": \"open\", or remove network_open");
}

int egress_resolve(struct plan *plan, const struct facts *facts, struct error *err)
{
	if (plan->network != PLAN_NETWORK_OPEN) {
		if (plan->egress.n_opens == 0)
			return 0;
		return refuse_opens(plan, err);
	}
	if (facts->network == NULL)
		return 0;
	if (check_host(facts->network, err) < 0) {
		if (!missing_is_accepted(plan, PLAN_DEGRADABLE_NETWORK))
			return -1;
		plan->network = PLAN_NETWORK_NONE;
		return 0;
	}
	return spell_out(&plan->egress, facts->network, err);
}
