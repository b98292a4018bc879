#include "common/cleanup.h"
#include "policy/egress/denials.h"
#include "policy/egress/egress.h"
#include "policy/egress/ranges.h"
#include "policy/plan_json.h"
#include "policy/resolve/egress.h"
#include "policy/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static struct egress_prefix own[] = {
	{AF_INET, {10, 8, 0, 2}, 32},
	{AF_INET, {127}, 8},
	{AF_INET, {198, 51, 100, 7}, 32},
	{AF_INET6, {[15] = 1}, 128},
	{AF_INET6, {0x20, 1, 0xd, 0xb8, [15] = 2}, 128},
	{AF_INET6, {0xfe, 0x80, [15] = 3}, 128},
};

static struct egress_prefix near[] = {
	{AF_INET, {198, 51, 100}, 24},
	{AF_INET, {203, 0, 113, 1}, 32},
	{AF_INET6, {0x20, 1, 0xd, 0xb8}, 64},
};

static struct facts_network whole(void)
{
	static char resolv_conf[] = "nameserver 127.0.0.53\n";

	return (struct facts_network){.pasta = "/usr/bin/pasta",
		.nft = "/usr/sbin/nft",
		.routes = {.host = {own, sizeof own / sizeof own[0], 0},
			.lan = {near, sizeof near / sizeof near[0], 0}},
		.resolv_conf = resolv_conf};
}

static void openings_are_read_and_written_alike(void **state)
{
	static const char *const texts[] = {"private", "metadata", "host", "lan", "link-local", "reserved", "10.1.2.3",
		"10.1.2.3:8080", "10.0.0.0/8", "10.0.0.0/8:443", "0.0.0.0/0", "fd00::/8", "2001:db8::1",
		"[2001:db8::1]:443", "[fd00::/8]:22", "127.0.0.1:80", "[::1]:65535"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		char text[EGRESS_OPEN_TEXT_MAX];
		struct egress_open open;
		struct error err;

		if (egress_open_parse(texts[i], &open, &err) < 0)
			fail_msg("%s: %s", texts[i], err.text);
		egress_open_text(&open, text);
		assert_string_equal(text, texts[i]);
		assert_int_equal(open.loopback, strstr(texts[i], "127.") != NULL || strstr(texts[i], "::1]:6") != NULL);
	}
}

static void other_openings_are_refused(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"", ": neither an address nor a named range"},
		{"example.com", "example.com: neither an address nor a named range"},
		{"privat", "privat: neither an address nor a named range"},
		{"10.1.2", "10.1.2: neither an address nor a named range"},
		{"[::1", "[::1: neither an address nor a named range"},
		{"[fd00::1]x", "[fd00::1]x: neither an address nor a named range"},
		{"10.1.2.3/33", "10.1.2.3/33: prefix: 33: more than 32"},
		{"10.1.2.3/24", "10.1.2.3/24: has bits set beyond its prefix"},
		{"fd00::1/64", "fd00::1/64: has bits set beyond its prefix"},
		{"10.1.2.3:0", "10.1.2.3:0: port 0"},
		{"10.1.2.3:65536", "10.1.2.3:65536: port: 65536: more than 65535"},
		{"multicast", "multicast: cannot be opened: pasta carries no multicast and no broadcast"},
		{"127.0.0.1", "127.0.0.1: the host's loopback requires a port"},
		{"127.0.0.2:80", "127.0.0.2:80: the host's loopback requires a port"},
		{"127.0.0.0/8:80", "127.0.0.0/8:80: the host's loopback requires a port"},
		{"::1", "::1: the host's loopback requires a port"},
		{"::ffff:10.1.2.3", "::ffff:10.1.2.3: IPv4-mapped address"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct egress_open open;
		struct error err = {0};

		assert_int_equal(egress_open_parse(cases[i].text, &open, &err), -1);
		assert_string_equal(err.text, cases[i].expected);
	}
}

static void ranges_have_both_families_or_neither(void **state)
{
	(void)state;
	for (size_t i = 0; i < egress_ranges_count; i++)
		assert_int_equal(egress_ranges[i].ip4 != NULL, egress_ranges[i].ip6 != NULL);
	assert_ptr_equal(egress_range_find("host"), &egress_ranges[1]);
	assert_null(egress_range_find("loopback"));
}

/* The rules of a chain with these openings, on the host above. */
static char *rules_with(const char *const *texts)
{
	const struct facts_network host = whole();
	struct egress_open opens[8];
	struct error err;
	size_t n = 0;

	for (; texts[n] != NULL; n++)
		if (egress_open_parse(texts[n], &opens[n], &err) < 0)
			fail_msg("%s", err.text);
	return egress_rules(opens, n, &host);
}
#define RULES(...) rules_with((const char *const[]){__VA_ARGS__, NULL})

static void has(const char *rules, const char *line)
{
	if (strstr(rules, line) == NULL)
		fail_msg("not there: %s\n%s", line, rules);
}

static void lacks(const char *rules, const char *line)
{
	if (strstr(rules, line) != NULL)
		fail_msg("there: %s\n%s", line, rules);
}

static void before(const char *rules, const char *first, const char *second)
{
	has(rules, first);
	has(rules, second);
	if (strstr(rules, first) > strstr(rules, second))
		fail_msg("%s comes after %s", first, second);
}

static void nothing_opened_everything_refused(void **state)
{
	_cleanup_(freep) char *rules = rules_with((const char *const[]){NULL});

	(void)state;
	has(rules, "type filter hook output priority filter; policy drop;");
	has(rules, "elements = { 10.8.0.2/32, 127.0.0.0/8, 198.51.100.7/32 }");
	has(rules,
		"elements = { 64:ff9b::a08:2/128, 2002:a08:2::/48, 64:ff9b::7f00:0/104, 2002:7f00::/24, 64:ff9b::c633:6407/128, 2002:c633:6407::/48, ::1/128, 2001:db8::2/128, fe80::3/128 }");
	has(rules, "elements = { 198.51.100.0/24, 203.0.113.1/32 }");
	has(rules,
		"elements = { 64:ff9b::c633:6400/120, 2002:c633:6400::/40, 64:ff9b::cb00:7101/128, 2002:cb00:7101::/48, 2001:db8::/64 }");
	has(rules, "ip daddr @host4 goto refuse");
	has(rules, "ip6 daddr @lan6 goto refuse");
	for (size_t i = 0; i < egress_ranges_count; i++)
		if (egress_ranges[i].ip4 != NULL) {
			has(rules, egress_ranges[i].ip4);
			has(rules, egress_ranges[i].ip6);
		}
	before(rules, "oifname \"lo\" accept", "goto refuse");
	before(rules, "ip daddr 192.0.0.3 meta l4proto { tcp, udp } th dport 53 accept", "192.0.0.0/24");
	before(rules, "ip6 daddr @host6 goto refuse", "\t\taccept\n\t}\n}");
	before(rules, "::ffff:0:0:0/96", "\t\taccept\n\t}\n}");
	lacks(rules, "8080");
}

/* Every IPv4 address that is refused is so in NAT64's and 6to4's form, by the same verdict. */
static void ipv4_in_ipv6_goes_with_its_range(void **state)
{
	static const char *const closed[] = {/* metadata */
		"64:ff9b::a9fe:a9fe/128, 2002:a9fe:a9fe::/48", "64:ff9b::a83f:8110/128, 2002:a83f:8110::/48",
		/* private */
		"64:ff9b::a00:0/104, 2002:a00::/24, 64:ff9b::ac10:0/108, 2002:ac10::/28", "64:ff9b::6440:0/106",
		/* link-local, multicast, reserved */
		"64:ff9b::a9fe:0/112, 2002:a9fe::/32 }", "64:ff9b::e000:0/100, 2002:e000::/20",
		"64:ff9b::/104, 2002::/24, 64:ff9b::7f00:0/104, 2002:7f00::/24, 64:ff9b::c000:0/120, 2002:c000::/40",
		"64:ff9b::f000:0-64:ff9b::ffff:fffe, 2002:f000::-2002:ffff:fffe:ffff:ffff:ffff:ffff:ffff }"};
	_cleanup_(freep) char *rules = rules_with((const char *const[]){NULL});
	_cleanup_(freep) char *opened = RULES("reserved", "private", "::/0");

	(void)state;
	for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++)
		has(rules, closed[i]);
	before(opened, "64:ff9b::a83f:8110/128, 2002:a83f:8110::/48", "ip6 daddr ::/0 accept");
	before(opened, "ip6 daddr ::ffff:0:0/96 goto refuse", "ip6 daddr ::/0 accept");
	before(opened, "ip6 daddr fdc0:ffe2:da3::/64 ip6 daddr != fdc0:ffe2:da3::1 goto refuse",
		"ip6 daddr ::/0 accept");
}

static void openings_come_first_but_for_what_is_singled_out(void **state)
{
	_cleanup_(freep) char *rules = RULES("link-local", "private", "10.1.2.3:8080", "fd12::/16", "0.0.0.0/0");

	(void)state;
	before(rules, "ip daddr 10.1.2.3/32 meta l4proto { tcp, udp } th dport 8080 accept",
		"ip daddr @host4 goto refuse");
	/* A network is not its single addresses: what is singled out in it stays refused. */
	before(rules, "ip6 daddr @host6 goto refuse", "ip6 daddr fd12::/16 accept");
	before(rules, "ip daddr @host4 goto refuse", "ip daddr 0.0.0.0/0 accept");
	before(rules, "192.0.0.192 } goto refuse", "ip daddr 0.0.0.0/0 accept");
	before(rules, "ip6 daddr fd12::/16 accept", "fc00::/7");
	before(rules, "ip6 daddr fd12::/16 accept", "ip6 daddr @lan6 goto refuse");
	before(rules, "169.254.170.23, 168.63.129.16, 100.100.100.200, 192.0.0.192 } goto refuse",
		"ip daddr { 169.254.0.0/16 } accept");
	before(rules, "ip daddr @host4 goto refuse", "192.168.0.0/16, 100.64.0.0/10 } accept");
	/* An address that is in two ranges is open when one of them is. */
	before(rules, "192.168.0.0/16, 100.64.0.0/10 } accept", "ip daddr @lan4 goto refuse");
}

static void singled_out_is_opened_by_its_own_name(void **state)
{
	_cleanup_(freep) char *rules = RULES("metadata", "host");

	(void)state;
	before(rules, "192.0.0.192 } accept", "ip daddr { 169.254.0.0/16 } goto refuse");
	has(rules, "ip daddr @host4 accept");
	has(rules, "ip6 daddr @host6 accept");
}

static void loopback_of_one_family_closes_the_other(void **state)
{
	_cleanup_(freep) char *rules = RULES("127.0.0.1:80", "[::1]:81", "127.0.0.1:82", "[::1]:82");

	(void)state;
	before(rules, "ip6 daddr ::1 meta l4proto { tcp, udp } th dport 80 goto refuse", "oifname \"lo\" accept");
	before(rules, "ip daddr 127.0.0.0/8 meta l4proto { tcp, udp } th dport 81 goto refuse",
		"oifname \"lo\" accept");
	lacks(rules, "dport 82");
}

static void helper_arguments(void **state)
{
	struct egress_open opens[] = {{.prefix = {AF_INET, {127, 0, 0, 1}, 32}, .port = 8080, .loopback = true},
		{.prefix = {AF_INET, {10, 0, 0, 1}, 32}, .port = 99},
		{.prefix = {AF_INET6, {[15] = 1}, 128}, .port = 8080, .loopback = true},
		{.prefix = {AF_INET, {127, 0, 0, 1}, 32}, .port = 9, .loopback = true}};
	char **argv = egress_helper("/usr/bin/pasta", opens, 4);
	char **none = egress_helper("/usr/bin/pasta", NULL, 0);
	size_t n = 0, no_map_gw = 0;

	(void)state;
	assert_string_equal(argv[0], "/usr/bin/pasta");
	for (; argv[n] != NULL; n++)
		no_map_gw += strcmp(argv[n], "--no-map-gw") == 0;
	assert_int_equal(no_map_gw, 1);
	assert_string_equal(argv[n - 4], "--tcp-ns");
	assert_string_equal(argv[n - 3], "8080,9");
	assert_string_equal(argv[n - 2], "--udp-ns");
	assert_string_equal(argv[n - 1], "8080,9");
	assert_string_equal(none[n - 3], "none");
	assert_string_equal(none[n - 1], "none");
	egress_argv_free(argv);
	egress_argv_free(none);
}

static void resolv_conf_keeps_all_but_the_servers(void **state)
{
	static const struct {
		const char *host, *expected;
	} cases[] = {
		{"", "nameserver 192.0.0.3\n"},
		{"nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch a.example b.example\n",
			"options edns0 trust-ad\nsearch a.example b.example\nnameserver 192.0.0.3\n"},
		{"nameserver 10.0.0.1\nnameserver fe80::1%eth0", "nameserver 192.0.0.3\nnameserver fdc0:ffe2:da3::3\n"},
		{"nameserver\t2001:db8::53 \n", "nameserver fdc0:ffe2:da3::3\n"},
		{"# nameserver ::1\n;x\nnameservers ::1\nsearch\x01x a\nsearch \x1b[2J\nsortlist 1.2.3.4\n",
			"nameserver 192.0.0.3\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		_cleanup_(freep) char *text = egress_resolv_conf(cases[i].host);

		assert_string_equal(text, cases[i].expected);
	}
}

static void denials_are_read(void **state)
{
	static const char text[] =
		"{\"nftables\": [{\"metainfo\": {\"version\": \"1.0.6\"}},"
		"{\"counter\": {\"name\": \"refused\", \"packets\": 9, \"bytes\": 1}},"
		"{\"set\": {\"name\": \"host4\", \"elem\": [\"10.1.2.3\"]}},"
		"{\"set\": {\"name\": \"refused4\", \"elem\": [{\"elem\": {\"val\": {\"concat\": [\"10.1.2.3\", \"tcp\", 80]}, "
		"\"counter\": {\"packets\": 2, \"bytes\": 120}}}]}},"
		"{\"set\": {\"name\": \"refused6\"}},"
		"{\"set\": {\"name\": \"other6\", \"elem\": [{\"elem\": {\"val\": {\"concat\": [\"fd00::1\", 132]}, \"counter\": {\"packets\": 3, \"bytes\": 1}}}]}}]}";
	struct egress_denials denials;
	struct error err;

	(void)state;
	assert_int_equal(egress_denials_parse(text, strlen(text), &denials, &err), 0);
	assert_int_equal(denials.total, 9);
	assert_int_equal(denials.n, 2);
	assert_string_equal(denials.items[0].address, "fd00::1");
	assert_string_equal(denials.items[0].protocol, "132");
	assert_int_equal(denials.items[0].port, 0);
	assert_int_equal(denials.items[0].count, 3);
	assert_string_equal(denials.items[1].address, "10.1.2.3");
	assert_string_equal(denials.items[1].protocol, "tcp");
	assert_int_equal(denials.items[1].port, 80);
	egress_denials_free(&denials);
}

static void other_text_is_no_list_of_denials(void **state)
{
	static const char *const texts[] = {"", "{", "[]", "{\"nftables\": 1}",
		"{\"nftables\": [{\"set\": {\"name\": \"refused4\", \"elem\": [\"10.1.2.3\"]}}]}",
		"{\"nftables\": [{\"set\": {\"name\": \"other4\", \"elem\": [{\"elem\": {\"val\": 1}}]}}]}"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct egress_denials denials;
		struct error err = {0};

		assert_int_equal(egress_denials_parse(texts[i], strlen(texts[i]), &denials, &err), -1);
		assert_true(strncmp(err.text, "network: denials: ", 18) == 0);
		egress_denials_free(&denials);
	}
}

static void make(struct plan *plan, const char *network, const char *open)
{
	struct error err;

	assert_int_equal(plan_init(plan, &err), 0);
	if (setting_apply(plan, setting_find("network"), network, "--network", &err) < 0 ||
		(open != NULL && setting_apply(plan, setting_find("network_open"), open, "--network-open", &err) < 0))
		fail_msg("%s", err.text);
}

static void open_is_spelt_out_for_a_host_that_was_looked_at(void **state)
{
	const struct facts_network host = whole();
	_cleanup_(plan_free) struct plan plan = {0}, unseen = {0};
	struct facts facts = {.network = &host};
	struct error err;
	json_t *json;

	(void)state;
	make(&plan, "open", "10.1.2.3:80");
	assert_int_equal(egress_resolve(&plan, &facts, &err), 0);
	assert_string_equal(plan.egress.nft, "/usr/sbin/nft");
	assert_non_null(plan.egress.rules);
	assert_non_null(plan.egress.helper);
	assert_string_equal(plan.egress.resolv_conf, "nameserver 192.0.0.3\n");
	json = plan_to_json(&plan);
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(json_object_get(json, "egress"), "network_open"), 0)),
		"10.1.2.3:80");
	json_decref(json);

	facts.network = NULL;
	make(&unseen, "open", NULL);
	assert_int_equal(egress_resolve(&unseen, &facts, &err), 0);
	assert_int_equal(unseen.network, PLAN_NETWORK_OPEN);
	assert_null(unseen.egress.rules);
}

static void what_is_missing_is_refused_by_name(void **state)
{
	static char reason[] = "rtnetlink: Operation not permitted";
	struct facts_network hosts[] = {whole(), whole(), whole(), whole(), whole(), whole()};
	static const struct {
		const char *text, *hint;
	} expected[] = {
		{"network open: pasta is not installed", "passt"},
		{"network open: nft is not installed", "nftables"},
		{"network open: /dev/net/tun: Permission denied", "chmod 0666 /dev/net/tun"},
		{"network open: host's addresses and routes: rtnetlink: Operation not permitted", "must not reach"},
		{"network open: /dev/net/tun: No such file or directory",
			"modprobe tun; in a container --device /dev/net/tun"},
		{"network open: /dev/net/tun: Operation not permitted", "--device /dev/net/tun"},
	};

	(void)state;
	hosts[0].pasta = NULL;
	hosts[1].nft = NULL;
	hosts[2].tun_errnum = EACCES;
	hosts[3].routes_missing = reason;
	hosts[4].tun_errnum = ENOENT;
	hosts[5].tun_errnum = EPERM;
	assert_null(strstr(egress_tun_remedy(EACCES), "modprobe"));
	assert_null(strstr(egress_tun_remedy(EPERM), "modprobe"));
	for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
		_cleanup_(plan_free) struct plan plan = {0}, degraded = {0};
		const struct facts facts = {.network = &hosts[i]};
		struct error err;

		make(&plan, "open", NULL);
		assert_int_equal(egress_resolve(&plan, &facts, &err), -1);
		assert_string_equal(err.text, expected[i].text);
		assert_non_null(strstr(err.hint, expected[i].hint));
		assert_non_null(strstr(err.hint, "--allow-degraded network"));

		/* Never the host's. */
		make(&degraded, "open", "private");
		degraded.allow_degraded = 1U << PLAN_DEGRADABLE_NETWORK;
		assert_int_equal(egress_resolve(&degraded, &facts, &err), 0);
		assert_int_equal(degraded.network, PLAN_NETWORK_NONE);
		assert_int_equal(degraded.degraded, 1U << PLAN_DEGRADABLE_NETWORK);
		assert_null(degraded.egress.rules);
		assert_null(degraded.egress.resolv_conf);
	}
}

static void openings_need_an_open_network(void **state)
{
	static const char *const networks[] = {"none", "host"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		_cleanup_(plan_free) struct plan plan = {0};
		const struct facts facts = {.network = NULL};
		struct error err;

		make(&plan, networks[i], "private");
		assert_int_equal(egress_resolve(&plan, &facts, &err), -1);
		assert_string_equal(err.text, "--network-open: the network is not open");
		assert_string_equal(err.hint, "use --network open");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(openings_are_read_and_written_alike),
		cmocka_unit_test(other_openings_are_refused),
		cmocka_unit_test(ranges_have_both_families_or_neither),
		cmocka_unit_test(nothing_opened_everything_refused),
		cmocka_unit_test(ipv4_in_ipv6_goes_with_its_range),
		cmocka_unit_test(openings_come_first_but_for_what_is_singled_out),
		cmocka_unit_test(singled_out_is_opened_by_its_own_name),
		cmocka_unit_test(loopback_of_one_family_closes_the_other),
		cmocka_unit_test(helper_arguments),
		cmocka_unit_test(resolv_conf_keeps_all_but_the_servers),
		cmocka_unit_test(denials_are_read),
		cmocka_unit_test(other_text_is_no_list_of_denials),
		cmocka_unit_test(open_is_spelt_out_for_a_host_that_was_looked_at),
		cmocka_unit_test(what_is_missing_is_refused_by_name),
		cmocka_unit_test(openings_need_an_open_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
