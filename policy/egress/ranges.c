#include "policy/egress/ranges.h"

#include "policy/egress/embed.h"
#include "policy/egress/prefix.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* An IPv4 address can hide in an IPv6 one: the rules have each IPv4 range in those forms as well
 * (policy/egress/embed.h). */
const struct egress_range egress_ranges[] = {
	/* Where clouds hand out credentials: AWS (instances, tasks, pods), Google, Azure, Alibaba, Oracle. */
	{.name = "metadata",
		.order = EGRESS_SINGLED_OUT,
		.ip4 = "169.254.169.254, 169.254.170.2, 169.254.170.23, 168.63.129.16, 100.100.100.200, 192.0.0.192",
		.ip6 = "fd00:ec2::254, fd00:ec2::23, fd20:ce::254"},
	{.name = "host", .order = EGRESS_SINGLED_OUT},
	{.name = "lan", .order = EGRESS_RANGE},
	/* RFC 1918, RFC 6598 (carrier-grade NAT); RFC 4193, RFC 3879. */
	{.name = "private",
		.order = EGRESS_RANGE,
		.ip4 = "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10",
		.ip6 = "fc00::/7, fec0::/10"},
	{.name = "link-local", .order = EGRESS_RANGE, .ip4 = "169.254.0.0/16", .ip6 = "fe80::/10"},
	{.name = "multicast",
		.order = EGRESS_RANGE,
		.ip4 = "224.0.0.0/4, 255.255.255.255",
		.ip6 = "ff00::/8",
		.closed = "pasta carries no multicast and no broadcast"},
	/* RFC 6890: this host, protocol assignments, benchmarks, class E; unspecified and compatible addresses,
	 * translated ones (RFC 2765), local NAT64 prefixes (RFC 8215) and Teredo's (RFC 4380), where an IPv4 address
	 * stands anywhere or disguised; discard-only. */
	{.name = "reserved",
		.order = EGRESS_RANGE,
		.ip4 = "0.0.0.0/8, 127.0.0.0/8, 192.0.0.0/24, 198.18.0.0/15, 240.0.0.0-255.255.255.254",
		.ip6 = "::/96, ::ffff:0:0:0/96, 64:ff9b:1::/48, 2001::/32, 100::/64"},
};
const size_t egress_ranges_count = sizeof egress_ranges / sizeof egress_ranges[0];

const struct egress_range *egress_range_find(const char *name)
{
	for (size_t i = 0; i < egress_ranges_count; i++)
		if (strcmp(egress_ranges[i].name, name) == 0)
			return &egress_ranges[i];
	return NULL;
}

/* The last address of a prefix. */
static void fill(struct egress_element *element, int family)
{
	for (unsigned bit = element->length; bit < egress_address_bits(family); bit++)
		element->last[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
}

bool egress_element_next(const char **list, int family, struct egress_element *element)
{
	const size_t len = strcspn(*list, ",");
	char text[2 * INET6_ADDRSTRLEN + 1], *rest;
	char kind;

	if (len == 0 || len >= sizeof text)
		return false;
	snprintf(text, sizeof text, "%.*s", (int)len, *list);
	*list += len + strspn(*list + len, ", ");
	rest = text + strcspn(text, "/-");
	kind = *rest;
	*rest = '\0';
	if (inet_pton(family, text, element->first) != 1)
		return false;
	element->length = 0;
	if (kind == '-')
		return inet_pton(family, rest + 1, element->last) == 1;
	element->length = kind == '/' ? (unsigned)atoi(rest + 1) : egress_address_bits(family);
	memcpy(element->last, element->first, sizeof element->last);
	fill(element, family);
	return true;
}

static bool is_in(const char *list, int family, const uint8_t *address)
{
	const size_t size = egress_address_bits(family) / 8;
	struct egress_element element;

	while (list != NULL && egress_element_next(&list, family, &element))
		if (memcmp(address, element.first, size) >= 0 && memcmp(address, element.last, size) <= 0)
			return true;
	return false;
}

const struct egress_range *egress_range_of(int family, const uint8_t *address)
{
	const uint8_t *ip4 = family == AF_INET ? address : egress_embedded(address);

	for (size_t i = 0; i < egress_ranges_count; i++)
		if ((ip4 != NULL && is_in(egress_ranges[i].ip4, AF_INET, ip4)) ||
			(family == AF_INET6 && is_in(egress_ranges[i].ip6, AF_INET6, address)))
			return &egress_ranges[i];
	return NULL;
}
