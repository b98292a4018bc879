#include "policy/egress_routes.h"

#include "common/cleanup.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEQUENCE 7

/* The datagram that a test writes, message by message. */
static uint8_t bytes[8192];
static size_t len, message;

static void append(const void *data, size_t size)
{
	if (size > 0)
		memcpy(bytes + len, data, size);
	len += size;
	while (len % 4 != 0)
		bytes[len++] = 0;
}

static void begin(unsigned type, const void *header, size_t size)
{
	const struct nlmsghdr head = {.nlmsg_type = (uint16_t)type, .nlmsg_flags = NLM_F_MULTI, .nlmsg_seq = SEQUENCE};

	message = len;
	append(&head, sizeof head);
	append(header, size);
}

static struct nlmsghdr *head(void)
{
	return (struct nlmsghdr *)(void *)(bytes + message);
}

static void end(void)
{
	head()->nlmsg_len = (uint32_t)(len - message);
}

static size_t attribute(unsigned type, const void *data, size_t size)
{
	const struct rtattr rta = {.rta_type = (uint16_t)type, .rta_len = (uint16_t)(sizeof rta + size)};
	const size_t at = len;

	append(&rta, sizeof rta);
	append(data, size);
	return at;
}

static int family_of(const char *address)
{
	return strchr(address, ':') != NULL ? AF_INET6 : AF_INET;
}

static void address(unsigned type, const char *text)
{
	uint8_t binary[16];

	assert_int_equal(inet_pton(family_of(text), text, binary), 1);
	attribute(type, binary, family_of(text) == AF_INET ? 4 : 16);
}

static void number(unsigned type, uint32_t value)
{
	attribute(type, &value, sizeof value);
}

/* A gateway of another family than its route's. */
static void via(const char *text)
{
	uint8_t binary[18];
	const sa_family_t family = (sa_family_t)family_of(text);

	memcpy(binary, &family, sizeof family);
	assert_int_equal(inet_pton(family, text, binary + sizeof family), 1);
	attribute(RTA_VIA, binary, sizeof family + (family == AF_INET ? 4 : 16));
}

/* A route up to its nexthops: "default" of a family is "0.0.0.0/0" or "::/0". */
static void route(unsigned type, const char *destination, unsigned table)
{
	const size_t stem = strcspn(destination, "/");
	char start[INET6_ADDRSTRLEN] = "";
	const struct rtmsg header = {.rtm_family = (unsigned char)family_of(destination),
		.rtm_dst_len = (unsigned char)atoi(destination + stem + 1),
		.rtm_type = (unsigned char)type,
		.rtm_table = (unsigned char)(table < 256 ? table : RT_TABLE_COMPAT)};

	memcpy(start, destination, stem);
	begin(RTM_NEWROUTE, &header, sizeof header);
	number(RTA_TABLE, table);
	if (header.rtm_dst_len > 0)
		address(RTA_DST, start);
}

static void interface(const char *local, const char *network, unsigned length)
{
	const struct ifaddrmsg header = {
		.ifa_family = (unsigned char)family_of(network), .ifa_prefixlen = (unsigned char)length};

	begin(RTM_NEWADDR, &header, sizeof header);
	address(IFA_ADDRESS, network);
	if (local != NULL)
		address(IFA_LOCAL, local);
	end();
}

/* One of several nexthops; the attributes in it are written between the two. */
static size_t hop(void)
{
	const struct rtnexthop head = {0};
	const size_t at = len;

	append(&head, sizeof head);
	return at;
}

static void hop_end(size_t at)
{
	((struct rtnexthop *)(void *)(bytes + at))->rtnh_len = (uint16_t)(len - at);
}

static void nexthop(uint32_t id, const char *gateway)
{
	const struct nhmsg header = {.nh_family = (unsigned char)(gateway != NULL ? family_of(gateway) : AF_INET)};

	begin(RTM_NEWNEXTHOP, &header, sizeof header);
	number(NHA_ID, id);
	if (gateway != NULL)
		address(NHA_GATEWAY, gateway);
	end();
}

static void group(uint32_t id, uint32_t first, uint32_t second)
{
	const struct nexthop_grp members[] = {{.id = first}, {.id = second}};
	const struct nhmsg header = {0};

	begin(RTM_NEWNEXTHOP, &header, sizeof header);
	number(NHA_ID, id);
	attribute(NHA_GROUP, members, sizeof members);
	end();
}

static void done(void)
{
	const int status = 0;

	begin(NLMSG_DONE, &status, sizeof status);
	end();
}

static void text_of(const struct egress_prefixes *set, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < set->n; i++) {
		char one[INET6_ADDRSTRLEN];

		inet_ntop(set->items[i].family, set->items[i].bytes, one, sizeof one);
		used += (size_t)snprintf(
			text + used, size - used, "%s%s/%u", i > 0 ? " " : "", one, set->items[i].length);
	}
}

static int start(void **state)
{
	(void)state;
	len = 0;
	return 0;
}

/* Reads what was written. */
static void expect(const char *host, const char *lan)
{
	_cleanup_(egress_routes_free) struct egress_routes routes = {0};
	struct error err = {0};
	char text[2048];

	done();
	if (egress_routes_read(&routes, bytes, len, SEQUENCE, &err) != 1 || egress_routes_settle(&routes, &err) < 0)
		fail_msg("%s", err.text);
	text_of(&routes.host, text, sizeof text);
	assert_string_equal(text, host);
	text_of(&routes.lan, text, sizeof text);
	assert_string_equal(text, lan);
	assert_false(routes.changed);
}

static void expect_error(const char *expected)
{
	_cleanup_(egress_routes_free) struct egress_routes routes = {0};
	struct error err = {0};

	assert_int_equal(egress_routes_read(&routes, bytes, len, SEQUENCE, &err), -1);
	assert_string_equal(err.text, expected);
}

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
	route(RTN_UNICAST, "203.0.113.9/32", RT_TABLE_MAIN); /* a redirect's */
	((struct rtmsg *)(void *)(bytes + message + sizeof(struct nlmsghdr)))->rtm_flags = RTM_F_CLONED;
	end();
	expect("", "");
}

static void one_of_several_nexthops_is_enough(void **state)
{
	size_t list, one;

	(void)state;
	for (int direct = 0; direct < 2; direct++) {
		route(RTN_UNICAST, direct ? "203.0.113.0/24" : "198.51.100.0/24", RT_TABLE_MAIN);
		list = attribute(RTA_MULTIPATH, NULL, 0);
		one = hop();
		address(RTA_GATEWAY, "192.0.2.1");
		hop_end(one);
		one = hop();
		if (!direct)
			via("2001:db8::1");
		hop_end(one);
		((struct rtattr *)(void *)(bytes + list))->rta_len = (uint16_t)(len - list);
		end();
	}
	expect("", "192.0.2.1/32 203.0.113.0/24 2001:db8::1/128");
}

static void nexthop_objects_are_followed(void **state)
{
	static const uint32_t ids[] = {1, 2, 9, 3, 4, 99};

	(void)state;
	nexthop(1, "192.0.2.1");
	nexthop(2, NULL);
	group(3, 1, 9);
	group(4, 2, 1);
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
	expect("", "192.0.2.1/32 203.0.113.2/32 203.0.113.4/32 203.0.118.9/32 2001:db8::9/128");
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

static void other_messages_are_passed_over(void **state)
{
	const struct rtmsg mpls = {.rtm_family = AF_MPLS, .rtm_type = RTN_UNICAST, .rtm_dst_len = 20};
	const int none = 0;

	(void)state;
	begin(NLMSG_NOOP, &none, sizeof none);
	end();
	begin(RTM_NEWLINK, &none, sizeof none);
	end();
	begin(RTM_NEWROUTE, &mpls, sizeof mpls);
	end();
	/* An answer to somebody else's question. */
	route(RTN_LOCAL, "203.0.113.0/24", RT_TABLE_LOCAL);
	end();
	head()->nlmsg_seq = SEQUENCE + 1;
	expect("", "");
}

static void a_dump_that_was_disturbed_says_so(void **state)
{
	_cleanup_(egress_routes_free) struct egress_routes routes = {0};
	struct error err;

	(void)state;
	done();
	head()->nlmsg_flags |= NLM_F_DUMP_INTR;
	assert_int_equal(egress_routes_read(&routes, bytes, len, SEQUENCE, &err), 1);
	assert_true(routes.changed);
}

static void errors_of_the_kernel(void **state)
{
	const int refused = -EPERM, nothing = 0;

	(void)state;
	begin(NLMSG_ERROR, &refused, sizeof refused);
	end();
	expect_error("dump: Operation not permitted");
	len = 0;
	begin(NLMSG_DONE, &refused, sizeof refused);
	end();
	expect_error("dump: Operation not permitted");
	len = 0;
	begin(NLMSG_ERROR, NULL, 0);
	end();
	expect_error("error: Bad message");
	len = 0;
	begin(NLMSG_OVERRUN, &nothing, sizeof nothing);
	end();
	expect_error("dump: Value too large for defined data type");
}

/* Cut anywhere, a message is an error or not yet complete; nothing is read behind it. */
static void what_is_cut_off_is_no_answer(void **state)
{
	size_t whole, list;

	(void)state;
	interface("10.9.0.1", "10.9.0.2", 32);
	nexthop(1, "192.0.2.1");
	route(RTN_UNICAST, "203.0.113.0/24", RT_TABLE_MAIN);
	list = attribute(RTA_MULTIPATH, NULL, 0);
	hop_end(hop());
	((struct rtattr *)(void *)(bytes + list))->rta_len = (uint16_t)(len - list);
	via("2001:db8::1");
	end();
	done();
	whole = len;
	for (size_t cut = 0; cut < whole; cut++) {
		_cleanup_(egress_routes_free) struct egress_routes routes = {0};
		void *copy = malloc(cut + 1); /* for the sanitizer: nothing lies behind it */
		struct error err;

		if (copy == NULL)
			fail_msg("no memory");
		else
			memcpy(copy, bytes, cut);
		assert_int_not_equal(egress_routes_read(&routes, copy, cut, SEQUENCE, &err), 1);
		free(copy);
	}
}

static void impossible_lengths_are_malformed(void **state)
{
	const struct rtmsg header = {.rtm_family = AF_INET, .rtm_dst_len = 33, .rtm_type = RTN_LOCAL};
	const uint8_t address4[4] = {203, 0, 113, 1};

	(void)state;
	begin(RTM_NEWROUTE, &header, sizeof header);
	attribute(RTA_DST, address4, sizeof address4);
	end();
	expect_error("address: Bad message");
	len = 0;
	begin(RTM_NEWROUTE, &header, sizeof header); /* a prefix without its address */
	end();
	expect_error("route: Bad message");
	len = 0;
	route(RTN_UNICAST, "203.0.113.0/24", RT_TABLE_MAIN);
	attribute(RTA_GATEWAY, address4, 2);
	end();
	expect_error("address: Bad message");
}

static void there_is_an_end_to_what_is_read(void **state)
{
	_cleanup_(egress_routes_free) struct egress_routes routes = {0};
	struct error err = {0};
	int result = 0;
	size_t n = 0;

	(void)state;
	route(RTN_UNICAST, "8.8.0.0/16", RT_TABLE_MAIN);
	address(RTA_GATEWAY, "192.0.2.1");
	end();
	for (; result == 0; n++)
		result = egress_routes_read(&routes, bytes, len, SEQUENCE, &err);
	assert_string_equal(err.text, "more than 262144 routes");
	assert_int_equal(n, EGRESS_ROUTES_MAX + 1);
	assert_true(routes.lan.room <= 64); /* one gateway, told often */
}

static void there_is_an_end_to_what_is_refused(void **state)
{
	_cleanup_(egress_routes_free) struct egress_routes routes = {0};
	struct error err = {0};
	int result = 0;

	(void)state;
	for (unsigned i = 0; result == 0 && i < 100000; i++) {
		char text[32];

		len = 0;
		snprintf(text, sizeof text, "100.%u.%u.1/32", i / 256 % 256, i % 256);
		route(RTN_UNICAST, text, RT_TABLE_MAIN);
		end();
		result = egress_routes_read(&routes, bytes, len, SEQUENCE, &err);
	}
	assert_int_equal(result, -1);
	assert_string_equal(err.text, "more than 512 addresses and networks");
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
		cmocka_unit_test_setup(other_messages_are_passed_over, start),
		cmocka_unit_test_setup(a_dump_that_was_disturbed_says_so, start),
		cmocka_unit_test_setup(errors_of_the_kernel, start),
		cmocka_unit_test_setup(what_is_cut_off_is_no_answer, start),
		cmocka_unit_test_setup(impossible_lengths_are_malformed, start),
		cmocka_unit_test_setup(there_is_an_end_to_what_is_read, start),
		cmocka_unit_test_setup(there_is_an_end_to_what_is_refused, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
