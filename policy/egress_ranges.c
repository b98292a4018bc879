#include "policy/egress_ranges.h"

#include <string.h>

/* An IPv4 address can hide in an IPv6 one: in NAT64's prefix (64:ff9b::/96, RFC 6052) and in 6to4's (2002::/16, RFC
 * 3056), both of which a router on the way may take apart again. So each IPv4 range stands in the IPv6 column as well.
 */
const struct egress_range egress_ranges[] = {
	/* Where clouds hand out credentials: AWS (instances, tasks, pods), Google, Azure, Alibaba, Oracle. */
	{.name = "metadata",
		.order = EGRESS_SINGLED_OUT,
		.ip4 = "169.254.169.254, 169.254.170.2, 169.254.170.23, 168.63.129.16, 100.100.100.200, 192.0.0.192",
		.ip6 = "fd00:ec2::254, fd00:ec2::23, fd20:ce::254, 64:ff9b::a9fe:a9fe"},
	{.name = "host", .order = EGRESS_SINGLED_OUT},
	{.name = "lan", .order = EGRESS_RANGE},
	/* RFC 1918, RFC 6598 (carrier-grade NAT); RFC 4193, RFC 3879. */
	{.name = "private",
		.order = EGRESS_RANGE,
		.ip4 = "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10",
		.ip6 = "fc00::/7, fec0::/10, 64:ff9b::a00:0/104, 64:ff9b::ac10:0/108, 64:ff9b::c0a8:0/112, "
		       "64:ff9b::6440:0/106, 2002:a00::/24, 2002:ac10::/28, 2002:c0a8::/32, 2002:6440::/26"},
	{.name = "link-local",
		.order = EGRESS_RANGE,
		.ip4 = "169.254.0.0/16",
		.ip6 = "fe80::/10, 64:ff9b::a9fe:0/112, 2002:a9fe::/32"},
	{.name = "multicast",
		.order = EGRESS_RANGE,
		.ip4 = "224.0.0.0/4, 255.255.255.255",
		.ip6 = "ff00::/8, 64:ff9b::e000:0/100",
		.closed = "pasta carries no multicast and no broadcast"},
	/* RFC 6890: this host, protocol assignments, benchmarks, class E; unspecified, mapped and compatible addresses,
	 * local NAT64 prefixes (RFC 8215), discard-only. */
	{.name = "reserved",
		.order = EGRESS_RANGE,
		.ip4 = "0.0.0.0/8, 127.0.0.0/8, 192.0.0.0/24, 198.18.0.0/15, 240.0.0.0-255.255.255.254",
		.ip6 = "::/96, ::ffff:0:0/96, 64:ff9b::/104, 64:ff9b::7f00:0/104, 64:ff9b:1::/48, 100::/64, "
		       "2002::/24, 2002:7f00::/24"},
};
const size_t egress_ranges_count = sizeof egress_ranges / sizeof egress_ranges[0];

const struct egress_range *egress_range_find(const char *name)
{
	for (size_t i = 0; i < egress_ranges_count; i++)
		if (strcmp(egress_ranges[i].name, name) == 0)
			return &egress_ranges[i];
	return NULL;
}
