#include "cli/report_network.h"

#include "common/error.h"
#include "policy/plan_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ROWS_PRINTED 16
#define DESTINATION_MAX 64 /* bytes of an address in brackets and a port */

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

/* As --network-open takes it. */
static const char *destination(const struct egress_denial *denial, char text[DESTINATION_MAX])
{
	const bool brackets = strchr(denial->address, ':') != NULL && denial->port != 0;
	char port[8] = "";

	if (denial->port != 0)
		snprintf(port, sizeof port, ":%u", denial->port);
	snprintf(text, DESTINATION_MAX, "%s%s%s%s", brackets ? "[" : "", denial->address, brackets ? "]" : "", port);
	return text;
}

static void print_row(const struct egress_denial *denial)
{
	char text[DESTINATION_MAX], times[32] = "";
	struct error line;

	if (denial->count > 1)
		snprintf(times, sizeof times, ", %" PRIu64 " times", denial->count);
	error_set(&line, 0, "denied: %s to %s: refused by network open%s", denial->protocol, destination(denial, text),
		times);
	error_print("cofferdam", &line);
}

void network_denials_print(const struct outcome *outcome)
{
	const struct egress_denials *all = &outcome->egress_denials;
	char first[DESTINATION_MAX];
	uint64_t printed = 0;
	struct error line;

	for (size_t i = 0; i < all->n && i < ROWS_PRINTED; i++) {
		print_row(&all->items[i]);
		printed += all->items[i].count;
	}
	if (all->n == 0)
		return;
	if (all->total > printed) {
		error_set(&line, 0, "denied: %" PRIu64 " more packets; the report (--report) lists their destinations",
			all->total - printed);
		error_print("cofferdam", &line);
	}
	error_set(&line, 0, "denied: network open refuses this host, its networks and private ranges");
	error_hint(&line, "allow by name what the job requires: --network-open %s; see docs/network.md",
		destination(&all->items[0], first));
	error_print("cofferdam", &line);
}
