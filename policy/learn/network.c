/* With whom a command spoke, as the network of its profile. */
#include "policy/egress/egress.h"
#include "policy/egress/ranges.h"
#include "policy/learn/learn.h"

#include <arpa/inet.h>
#include <string.h>

/* As the packet leaves: an IPv4 address in IPv6's form is one of IPv4, and what is sent to no address in particular
 * goes to the loopback. */
static struct learn_destination sent_to(const struct learn_destination *to)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff}, zero[16];
	struct learn_destination sent = *to;

	if (sent.family == AF_INET6 && memcmp(sent.address, mapped, sizeof mapped) == 0) {
		sent.family = AF_INET;
		memmove(sent.address, sent.address + sizeof mapped, 4);
	}
	if (sent.family == AF_INET && memcmp(sent.address, zero, 4) == 0)
		memcpy(sent.address, (const unsigned char[]){127, 0, 0, 1}, 4);
	if (sent.family == AF_INET6 && memcmp(sent.address, zero, sizeof zero) == 0)
		sent.address[15] = 1;
	return sent;
}

static bool is_loopback(const struct learn_destination *to)
{
	static const unsigned char one[16] = {[15] = 1};

	return to->family == AF_INET ? to->address[0] == 127 : memcmp(to->address, one, sizeof one) == 0;
}

static void print_destination(const struct learn_destination *to, char *text, size_t size)
{
	char address[INET6_ADDRSTRLEN];

	inet_ntop(to->family, to->address, address, sizeof address);
	snprintf(text, size, to->family == AF_INET6 ? "[%s]:%u" : "%s:%u", address, to->port);
}

/* A server of the run's own, which is reached without any network. */
static bool is_own(const struct learn *learn, const struct learn_destination *to)
{
	for (size_t i = 0; i < learn->n_destinations; i++)
		if (learn->destinations[i].listens && learn->destinations[i].port == to->port)
			return true;
	return false;
}

/* Whether it takes a network. Port 0 is no traffic, 53 of the loopback the resolver, which every network has its own
 * of. */
static bool counts(const struct learn *learn, const struct learn_destination *to)
{
	return !to->listens && to->port != 0 && !(is_loopback(to) && (to->port == 53 || is_own(learn, to)));
}

static bool has(const json_t *list, const char *text)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_array_get(list, i)), text) == 0)
			return true;
	return false;
}

/* What `network: open` refuses unless it is opened by name goes into the list, if it can be opened at all. */
static void add(const struct learn_destination *to, json_t *opens, FILE *out)
{
	const struct egress_range *range = egress_range_of(to->family, to->address);
	struct egress_open open;
	struct error err;
	char text[80];

	print_destination(to, text, sizeof text);
	fprintf(out, "seen: network %s\n", text);
	if (range == NULL || has(opens, text))
		return;
	if (range->closed != NULL)
		fprintf(out, "not granted: network %s: %s\n", text, range->closed);
	else if (egress_open_parse(text, &open, &err) < 0)
		fprintf(out, "not granted: network %s\n", err.text);
	else
		json_array_append_new(opens, json_string(text));
}

void learn_network(const struct learn *learn, json_t *profile, FILE *out)
{
	json_t *opens = json_array();
	bool any = false;

	for (size_t i = 0; i < learn->n_destinations; i++) {
		const struct learn_destination to = sent_to(&learn->destinations[i]);

		if (!counts(learn, &to))
			continue;
		any = true;
		add(&to, opens, out);
	}
	if (any) {
		json_object_set_new(profile, "network", json_string("open"));
		fprintf(out, "grants more than was seen: network open: every public address\n");
	}
	if (json_array_size(opens) > 0)
		json_object_set(profile, "network_open", opens);
	json_decref(opens);
}
