#include "cli/report_network.h"

#include "common/error.h"
#include "policy/plan_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ROWS_PRINTED 16

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

static void print_row(const struct egress_denial *denial)
{
	bool brackets = strchr(denial->address, ':') != NULL && denial->port != 0;
	char port[8] = "", times[32] = "";
	struct error line;

	if (denial->port != 0)
		snprintf(port, sizeof port, ":%u", denial->port);
	if (denial->count > 1)
		snprintf(times, sizeof times, ", %" PRIu64 " times", denial->count);
	error_set(&line, 0, "denied: %s to %s%s%s%s: refused by network open%s", denial->protocol, brackets ? "[" : "",
		denial->address, brackets ? "]" : "", port, times);
	error_print("cofferdam", &line);
}

void network_denials_print(const struct outcome *outcome)
{
	const struct egress_denials *all = &outcome->egress_denials;
	uint64_t printed = 0;
	struct error line;

	for (size_t i = 0; i < all->n && i < ROWS_PRINTED; i++) {
		print_row(&all->items[i]);
		printed += all->items[i].count;
	}
	if (all->n == 0)
		return;
	if (all->total > printed) {
		error_set(&line, 0,
			"denied: and %" PRIu64 " more packets; the report (--report) has their destinations",
			all->total - printed);
		error_print("cofferdam", &line);
	}
	error_set(&line, 0, "denied: this host, its networks and private ranges are opened by name");
	error_hint(&line, "--network-open, docs/network.md");
	error_print("cofferdam", &line);
}
