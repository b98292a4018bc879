#include "cli/report_network.h"

#include "policy/plan_json.h"

static json_t *denials(const struct egress_denials *all)
{
	json_t *array = json_array();

	for (size_t i = 0; i < all->n; i++)
		json_array_append_new(
			array, json_pack("{s:s, s:o, s:s, s:I}", "address", all->items[i].address, "port",
				       all->items[i].port != 0 ? json_integer(all->items[i].port) : json_null(),
				       "protocol", all->items[i].protocol, "count", (json_int_t)all->items[i].count));
	return array;
}

void report_network(json_t *report, const struct plan *plan, const struct outcome *outcome)
{
	json_t *all;

	if (plan->network != PLAN_NETWORK_OPEN)
		return;
	json_object_set_new(report, "network",
		json_pack("{s:I, s:o}", "packets_refused", (json_int_t)outcome->egress_denials.total, "error",
			outcome->network_error[0] != '\0' ? plan_text_json(outcome->network_error) : json_null()));
	all = json_object_get(report, "denials");
	if (all == NULL) {
		all = json_object();
		json_object_set_new(report, "denials", all);
	}
	json_object_set_new(all, "network", denials(&outcome->egress_denials));
}
