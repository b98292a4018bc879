#include "sandbox/network/open.h"

#include "common/cleanup.h"
#include "sandbox/cgroup/helpers.h"
#include "sandbox/network/nft.h"

#include <errno.h>
#include <linux/nsfs.h>
#include <string.h>
#include <sys/ioctl.h>

int network_open_start(struct network_open *network, int netns, const struct egress *egress, struct error *err)
{
	network->netns = netns;
	if (netns < 0)
		return error_set(err, 0, "network: the child sent no namespace");
	if (egress->rules == NULL)
		return error_set(err, EINVAL, "network: no rules in the plan");
	network->userns = ioctl(network->netns, NS_GET_USERNS);
	if (network->userns < 0)
		return error_set(err, errno, "network: NS_GET_USERNS");
	if (nft_load(egress->nft, network->userns, network->netns, network->helpers, egress->rules, err) < 0)
		return error_context(err, "network");
	return network_helper_start(
		&network->helper, network->userns, network->netns, network->helpers, egress->helper, err);
}

static int read_denials(const struct network_open *network, const char *nft, struct outcome *outcome, struct error *err)
{
	_cleanup_(freep) char *text = NULL;
	size_t len;

	if (nft_list(nft, network->userns, network->netns, network->helpers, EGRESS_TABLE, &text, &len, err) < 0)
		return -1;
	return egress_denials_parse(text, len, &outcome->egress_denials, err);
}

void network_open_finish(struct network_open *network, const char *nft, struct outcome *outcome)
{
	struct error err;
	bool lost;

	if (network->helper.ready && nft != NULL && read_denials(network, nft, outcome, &err) < 0)
		snprintf(outcome->network_error, sizeof outcome->network_error, "%s", err.text);
	if (network_helper_stop(&network->helper, &lost, &err) < 0)
		outcome_add_residue(outcome, strdup(err.text));
	if (lost)
		snprintf(outcome->network_error, sizeof outcome->network_error,
			"the helper ended before the job%s: from then on the network was not available",
			helpers_ran_out_of_memory(network->helpers) ? ", when the helpers reached their memory limit"
								    : "");
	close_fd(&network->netns);
	close_fd(&network->userns);
}
