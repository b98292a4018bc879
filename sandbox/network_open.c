#include "sandbox/network_open.h"

#include "common/cleanup.h"
#include "sandbox/nft.h"
#include "sandbox/teardown.h"

#include <errno.h>
#include <linux/nsfs.h>
#include <string.h>
#include <sys/ioctl.h>

int network_open_start(struct network_open *network, int netns, const struct plan *plan, struct error *err)
{
	const struct egress *egress = &plan->egress;

	network->netns = netns;
	if (netns < 0)
		return error_set(err, 0, "network: the child sent no namespace");
	if (egress->rules == NULL)
		return error_set(err, EINVAL, "network: no rules in the plan");
	network->userns = ioctl(network->netns, NS_GET_USERNS);
	if (network->userns < 0)
		return error_set(err, errno, "network: NS_GET_USERNS");
	if (nft_load(egress->nft, network->userns, network->netns, egress->rules, err) < 0)
		return error_context(err, "network");
	return network_helper_start(&network->helper, network->userns, network->netns, egress->helper, err);
}

static int read_denials(
	const struct network_open *network, const struct plan *plan, struct outcome *outcome, struct error *err)
{
	_cleanup_(freep) char *text = NULL;
	size_t len;

	if (nft_list(plan->egress.nft, network->userns, network->netns, EGRESS_TABLE, &text, &len, err) < 0)
		return -1;
	return egress_denials_parse(text, len, &outcome->egress_denials, err);
}

void network_open_finish(struct network_open *network, const struct plan *plan, struct outcome *outcome)
{
	struct error err;
	bool lost;

	if (network->helper.ready && (plan->report != NULL || !plan->quiet) &&
		read_denials(network, plan, outcome, &err) < 0)
		snprintf(outcome->network_error, sizeof outcome->network_error, "%s", err.text);
	if (network_helper_stop(&network->helper, &lost, &err) < 0)
		teardown_add_residue(outcome, strdup(err.text));
	if (lost)
		snprintf(outcome->network_error, sizeof outcome->network_error,
			"the helper ended before the job: from then on there was no network");
	close_fd(&network->netns);
	close_fd(&network->userns);
}
