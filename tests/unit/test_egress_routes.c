#include "tests/unit/egress_message.h"

static void addresses_and_their_networks(void **state)
{
	(void)state;
	interface("127.0.0.1", "127.0.0.1", 8);
	interface("203.0.113.2", "203.0.113.2", 24);
	interface("198.51.100.7", "198.51.100.7", 32);
	interface(NULL, "2001:db8::2", 64);
	interface(NULL, "fe80::1", 64);
	interface("10.9.0.1", "10.9.0.2", 32); /* point to point: theirs is IFA_ADDRESS */
	interface("2001:db8:9::1", "2001:db8:9::2", 128);
	expect("10.9.0.1/32 127.0.0.1/32 198.51.100.7/32 203.0.113.2/32 2001:db8::2/128 2001:db8:9::1/128 fe80::1/128",
		"10.9.0.2/32 203.0.113.0/24 2001:db8::/64 2001:db8:9::2/128");
}

static void what_is_local_is_this_host(void **state)
{
	(void)state;
	route(RTN_LOCAL, "203.0.113.0/24", RT_TABLE_LOCAL);
	end();
	route(RTN_LOCAL, "198.51.100.0/24", 1000);
	end();
	route(RTN_BROADCAST, "192.0.2.255/32", RT_TABLE_LOCAL);
	end();
	route(RTN_ANYCAST, "2001:db8::/128", RT_TABLE_LOCAL);
	end();
	route(RTN_LOCAL, "2001:db8:1::/64", RT_TABLE_MAIN);
	end();
	route(RTN_MULTICAST, "ff00::/8", RT_TABLE_LOCAL);
	end();
	route(RTN_LOCAL, "0.0.0.0/0", 100); /* a transparent proxy's */
	end();
	expect("192.0.2.255/32 198.51.100.0/24 203.0.113.0/24 2001:db8::/128 2001:db8:1::/64", "");
}

static void every_address_can_be_this_host(void **state)
{
	(void)state;
	route(RTN_LOCAL, "0.0.0.0/0", RT_TABLE_MAIN);
	end();
	route(RTN_LOCAL, "::/0", RT_TABLE_LOCAL);
	end();
	expect("0.0.0.0/0 ::/0", "");
}

static void what_needs_no_gateway_is_a_network_of_ours(void **state)
{
	(void)state;
	route(RTN_UNICAST, "203.0.113.0/24", RT_TABLE_MAIN);
	end();
	route(RTN_UNICAST, "198.51.100.9/32", 7000); /* a VRF's, say */
	end();
	route(RTN_UNICAST, "2001:db8:1::/48", RT_TABLE_MAIN);
	end();
	route(RTN_UNICAST, "8.8.0.0/16", RT_TABLE_MAIN);
	address(RTA_GATEWAY, "192.0.2.1");
	end();
	route(RTN_UNICAST, "0.0.0.0/0", RT_TABLE_MAIN);
	address(RTA_GATEWAY, "192.0.2.1");
	end();
	route(RTN_UNICAST, "9.9.0.0/16", RT_TABLE_MAIN);
	via("2001:db8:2::1");
	end();
	route(RTN_UNICAST, "2001:db8:3::/48", RT_TABLE_MAIN);
	address(RTA_GATEWAY, "fe80::1");
	end();
	expect("", "192.0.2.1/32 198.51.100.9/32 203.0.113.0/24 2001:db8:1::/48 2001:db8:2::1/128");
}

static void a_tunnel_to_the_internet_is_no_network_of_ours(void **state)
{
	static const char *const wide[] = {
		"0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "2.0.0.0/7", "::/0", "2000::/3", "2001::/31"};
	static const char *const ranges[] = {
		"127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/8", "fe80::/64", "ff00::/8", "::1/128"};

	(void)state;
	for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
		route(RTN_UNICAST, wide[i], RT_TABLE_MAIN);
		end();
	}
	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
		route(RTN_UNICAST, ranges[i], RT_TABLE_MAIN);
		end();
	}
	route(RTN_UNICAST, "11.0.0.0/8", RT_TABLE_MAIN);
	end();
	expect("", "11.0.0.0/8");
}

static void nobody_is_behind_these(void **state)
{
	static const unsigned types[] = {RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT, RTN_THROW};

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		route(types[i], "203.0.113.0/24", RT_TABLE_MAIN);
		end();
	}
	route(RTN_LOCAL, "239.1.2.3/32", RT_TABLE_LOCAL);
	end();
	route(RTN_BROADCAST, "255.255.255.255/32", RT_TABLE_LOCAL);
	end();
	route(RTN_ANYCAST, "ff02::1/128", RT_TABLE_LOCAL);
	end();
	route(RTN_UNICAST, "203.0.113.9/32", RT_TABLE_MAIN); /* a redirect's */
	((struct rtmsg *)(void *)(bytes + message + sizeof(struct nlmsghdr)))->rtm_flags = RTM_F_CLONED;
	end();
	expect("", "");
}

static void one_of_several_nexthops_is_enough(void **state)
{
	size_t list, one;

	(void)state;
	for (int direct = 0; direct < 3; direct++) { /* none of the two, the second, the first */
		static const char *const routes[] = {"198.51.100.0/24", "203.0.113.0/24", "192.88.99.0/24"};

		route(RTN_UNICAST, routes[direct], RT_TABLE_MAIN);
		list = attribute(RTA_MULTIPATH, NULL, 0);
		one = hop();
		if (direct != 2)
			address(RTA_GATEWAY, "192.0.2.1");
		hop_end(one);
		one = hop();
		if (direct != 1)
			via("2001:db8::1");
		hop_end(one);
		((struct rtattr *)(void *)(bytes + list))->rta_len = (uint16_t)(len - list);
		end();
	}
	expect("", "192.0.2.1/32 192.88.99.0/24 203.0.113.0/24 2001:db8::1/128");
}

static void nexthop_objects_are_followed(void **state)
{
	static const uint32_t ids[] = {1, 2, 9, 3, 4, 5, 6, 99};
	const struct nhmsg none = {.nh_family = AF_INET};

	(void)state;
	nexthop(1, "192.0.2.1");
	nexthop(2, NULL);
	group(3, 1, 9);
	group(4, 2, 1);
	group(5, 5, 1); /* which the kernel does not make, and which would have no end */
	begin(RTM_NEWNEXTHOP, &none, sizeof none);
	number(NHA_ID, 6);
	attribute(NHA_BLACKHOLE, NULL, 0);
	end();
	nexthop(9, "2001:db8::9");
	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		char text[] = "203.0.113.0/32";

		text[10] = (char)('0' + ids[i] % 10);
		if (ids[i] == 99)
			text[8] = '8'; /* one that is not known */
		route(RTN_UNICAST, text, RT_TABLE_MAIN);
		number(RTA_NH_ID, ids[i]);
		end();
	}
	expect("", "192.0.2.1/32 203.0.113.2/32 203.0.113.4/32 203.0.113.5/32 203.0.118.9/32 2001:db8::9/128");
}

static void sets_do_not_depend_on_the_order(void **state)
{
	(void)state;
	interface(NULL, "2001:db8::2", 64);
	interface("203.0.113.77", "203.0.113.77", 26);
	route(RTN_UNICAST, "203.0.113.0/24", RT_TABLE_MAIN);
	end();
	route(RTN_UNICAST, "203.0.113.64/26", RT_TABLE_MAIN);
	end();
	route(RTN_LOCAL, "203.0.113.77/32", RT_TABLE_LOCAL);
	end();
	route(RTN_UNICAST, "2001:db8::/64", RT_TABLE_MAIN);
	end();
	expect("203.0.113.77/32 2001:db8::2/128", "203.0.113.0/24 2001:db8::/64");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(addresses_and_their_networks, start),
		cmocka_unit_test_setup(what_is_local_is_this_host, start),
		cmocka_unit_test_setup(every_address_can_be_this_host, start),
		cmocka_unit_test_setup(what_needs_no_gateway_is_a_network_of_ours, start),
		cmocka_unit_test_setup(a_tunnel_to_the_internet_is_no_network_of_ours, start),
		cmocka_unit_test_setup(nobody_is_behind_these, start),
		cmocka_unit_test_setup(one_of_several_nexthops_is_enough, start),
		cmocka_unit_test_setup(nexthop_objects_are_followed, start),
		cmocka_unit_test_setup(sets_do_not_depend_on_the_order, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
