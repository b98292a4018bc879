/* What a datagram may be besides whole, asked for, and short enough. */
#include "tests/unit/egress_message.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

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
	const int refused = -EPERM, nothing = 0, strange[] = {EPERM, -4096, INT_MIN};

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
	for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
		len = 0;
		begin(NLMSG_ERROR, &strange[i], sizeof strange[i]);
		end();
		expect_error("dump: Bad message");
	}
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

/* Of one of several nexthops: shorter than its own head, which would have no end, and longer than what is there. */
static void impossible_nexthops_are_malformed(void **state)
{
	static const uint16_t lengths[] = {0, sizeof(struct rtnexthop) - 1, sizeof(struct rtnexthop) + 4, UINT16_MAX};

	(void)state;
	alarm(10); /* ends the test where it would hang */
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		size_t list;

		len = 0;
		route(RTN_UNICAST, "203.0.113.0/24", RT_TABLE_MAIN);
		list = attribute(RTA_MULTIPATH, NULL, 0);
		((struct rtnexthop *)(void *)(bytes + hop()))->rtnh_len = lengths[i];
		((struct rtattr *)(void *)(bytes + list))->rta_len = (uint16_t)(len - list);
		end();
		expect_error("nexthop: Bad message");
	}
	alarm(0);
}

static void impossible_gateways_are_malformed(void **state)
{
	static const struct {
		sa_family_t family;
		uint8_t address[16];
	} mpls = {AF_MPLS, {0}}, inet = {AF_INET, {0}};

	(void)state;
	for (int whole = 0; whole < 2; whole++) { /* one byte of a family; then one that is neither */
		len = 0;
		route(RTN_UNICAST, "203.0.113.0/24", RT_TABLE_MAIN);
		attribute(RTA_VIA, whole ? &mpls : &inet, whole ? sizeof mpls : 1);
		end();
		expect_error("gateway: Bad message");
	}
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

static void there_is_an_end_to_nexthops(void **state)
{
	_cleanup_(egress_routes_free) struct egress_routes routes = {0};
	struct error err = {0};
	int result = 0;

	(void)state;
	nexthop(1, "192.0.2.1");
	for (unsigned i = 0; result == 0 && i < 100000; i++)
		result = egress_routes_read(&routes, bytes, len, SEQUENCE, &err);
	assert_int_equal(result, -1);
	assert_string_equal(err.text, "more than 65536 nexthops");
}

/* More than a set may hold, and not so many that it had to be said while they were read. */
static void too_many_in_the_end_are_an_error(void **state)
{
	_cleanup_(egress_routes_free) struct egress_routes routes = {0};
	struct error err = {0};

	(void)state;
	for (unsigned i = 0; i <= EGRESS_PREFIXES_MAX; i++) {
		char text[32];

		len = 0;
		snprintf(text, sizeof text, "100.0.%u.%u/32", i / 256, i % 256);
		route(RTN_LOCAL, text, RT_TABLE_LOCAL);
		end();
		assert_int_equal(egress_routes_read(&routes, bytes, len, SEQUENCE, &err), 0);
		if (i + 1 == EGRESS_PREFIXES_MAX)
			assert_int_equal(egress_routes_normalize(&routes, &err), 0);
	}
	assert_int_equal(egress_routes_normalize(&routes, &err), -1);
	assert_string_equal(err.text, "host: more than 512 addresses and networks");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(other_messages_are_passed_over, start),
		cmocka_unit_test_setup(a_dump_that_was_disturbed_says_so, start),
		cmocka_unit_test_setup(errors_of_the_kernel, start),
		cmocka_unit_test_setup(what_is_cut_off_is_no_answer, start),
		cmocka_unit_test_setup(impossible_lengths_are_malformed, start),
		cmocka_unit_test_setup(impossible_nexthops_are_malformed, start),
		cmocka_unit_test_setup(impossible_gateways_are_malformed, start),
		cmocka_unit_test_setup(there_is_an_end_to_what_is_read, start),
		cmocka_unit_test_setup(there_is_an_end_to_what_is_refused, start),
		cmocka_unit_test_setup(there_is_an_end_to_nexthops, start),
		cmocka_unit_test_setup(too_many_in_the_end_are_an_error, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
