#include "policy/egress_ranges.h"

#include <string.h>

/* An IPv4 address can hide in an IPv6 one: the rules have each IPv4 range in those forms as well (egress_embed.h). */
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
