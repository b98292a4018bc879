#include "sandbox/verify/seen_parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void status(void **state)
{
	static const char text[] =
		"Name:\tNoNewPrivs: 7\nUmask:\t0022\nUid:\t1000\t1000\t1000\t1000\nGid:\t100\t100\t0\t100\nGroups:\t4 27 1000 \nCapInh:\t0000000000000001\nCapPrm:\t0000000000000002\n"
		"CapEff:\t0000000000000003\nCapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000005\n"
		"NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t3\nSpeculation_Store_Bypass:\tvulnerable\n";
	uint64_t mode, filters;
	struct seen_values seen;

	(void)state;
	seen_none(&seen);
	seen_parse_status(text, false, &seen);
	assert_int_equal(seen.values[SEEN_CAP_INHERITABLE], 1);
	assert_int_equal(seen.values[SEEN_CAP_PERMITTED], 2);
	assert_int_equal(seen.values[SEEN_CAP_EFFECTIVE], 3);
	assert_int_equal(seen.values[SEEN_CAP_BOUNDING], 0x1ffffffffff);
	assert_int_equal(seen.values[SEEN_CAP_AMBIENT], 5);
	assert_int_equal(seen.values[SEEN_NO_NEW_PRIVS], 1);
	assert_int_equal(seen.values[SEEN_UID], 1000);
	assert_int_equal(seen.values[SEEN_GID], UINT32_MAX); /* one is another */
	assert_int_equal(seen.values[SEEN_GROUPS], 3);
	assert_true(seen.values[SEEN_PID1_PERMITTED] == SEEN_NOT);
	seen_parse_status("Groups:\t \n", false, &seen);
	assert_int_equal(seen.values[SEEN_GROUPS], 0);

	seen_none(&seen);
	seen_parse_status(text, true, &seen);
	assert_int_equal(seen.values[SEEN_PID1_PERMITTED], 2);
	assert_int_equal(seen.values[SEEN_PID1_BOUNDING], 0x1ffffffffff);
	assert_int_equal(seen.values[SEEN_PID1_NO_NEW_PRIVS], 1);
	assert_true(seen.values[SEEN_CAP_PERMITTED] == SEEN_NOT);

	seen_parse_seccomp(text, &mode, &filters);
	assert_int_equal(mode, 2);
	assert_int_equal(filters, 3);
}

/* Nothing is taken for 0. */
static void nothing_there(void **state)
{
	uint64_t mode, filters;
	struct seen_values seen;

	(void)state;
	seen_parse_status("", false, &seen);
	assert_true(seen.values[SEEN_CAP_BOUNDING] == SEEN_NOT);
	assert_true(seen.values[SEEN_NO_NEW_PRIVS] == SEEN_NOT);
	assert_true(seen.values[SEEN_UID] == SEEN_NOT && seen.values[SEEN_GROUPS] == SEEN_NOT);
	seen_parse_seccomp("Seccomp:\n", &mode, &filters);
	assert_true(mode == SEEN_NOT && filters == SEEN_NOT);
	seen_parse_seccomp("Seccomp:\t2\nSeccomp_filters:\t1", &mode, &filters); /* of 10, perhaps */
	assert_true(mode == 2 && filters == SEEN_NOT);
	assert_true(seen_parse_terminal("") == SEEN_NOT);
	assert_true(seen_parse_number("") == SEEN_NOT);
	assert_int_equal(seen_parse_member("", 12), 0);
}

static void ids(void **state)
{
	(void)state;
	assert_int_equal(seen_parse_ids("      1000       1000          1\n"), 1);
	assert_int_equal(seen_parse_ids("         0       1000          1\n         1     100000      65535\n"), 65536);
	assert_int_equal(seen_parse_ids(""), 0);
}

static int is_up(const char *name, void *data)
{
	(void)data;
	if (strcmp(name, "gone") == 0)
		return -1;
	return strcmp(name, "tunl0") != 0 && strcmp(name, "sit0") != 0 && strcmp(name, "ip6tnl0") != 0;
}

static void interfaces(void **state)
{
#define HEAD                                                         \
	"Inter-|   Receive                            |  Transmit\n" \
	" face |bytes    packets errs |bytes    packets\n"

	(void)state;
	assert_int_equal(seen_parse_interfaces("", is_up, NULL), 0);
	assert_int_equal(seen_parse_interfaces(HEAD, is_up, NULL), 0);
	assert_int_equal(seen_parse_interfaces(HEAD "    lo:       0       0    0\n", is_up, NULL), 0);
	assert_int_equal(seen_parse_interfaces(HEAD "    lo:       0\n  eth0:    12\n", is_up, NULL), 1);
	assert_int_equal(seen_parse_interfaces(HEAD "   hlo:       0\n", is_up, NULL), 1);
	assert_int_equal(seen_parse_interfaces(HEAD "123456789012345:0\nveth1:0\n", is_up, NULL), 2);
	/* What the kernel makes in every namespace, where it does. */
	assert_int_equal(seen_parse_interfaces(HEAD " tunl0:  0\n    lo: 0\n  sit0: 0\nip6tnl0: 0\n", is_up, NULL), 0);
	assert_int_equal(seen_parse_interfaces(HEAD "  sit0:  0\n  eth0: 0\n", is_up, NULL), 1);
	assert_true(seen_parse_interfaces(HEAD "  gone:  0\n", is_up, NULL) == SEEN_NOT);
}

static void terminal(void **state)
{
	(void)state;
	assert_int_equal(seen_parse_terminal("2 (a) R 1 2 2 0 -1 4194304 1"), 0);
	assert_int_equal(seen_parse_terminal("2 (a) S 1 2) R 1 2 2 34816 -1 4194304 1"), 1);
}

static void exiting(void **state)
{
	(void)state;
	assert_false(seen_parse_exiting(""));
	assert_false(seen_parse_exiting("2 (a) R 1 2 2 0 -1"));
	assert_false(seen_parse_exiting("2 (a) S 1 2 2 0 -1 4194560 1"));
	assert_true(seen_parse_exiting("2 (a) S 1 2) D 1 2 2 0 -1 4194308 1"));
	assert_true(seen_parse_exiting("2 (a) Z 1 2 2 0 -1 4227084 1"));
}

static void of_a_cgroup(void **state)
{
	(void)state;
	assert_int_equal(seen_parse_number("1073741824\n"), 1073741824);
	assert_int_equal(seen_parse_number("150000 100000\n"), 150000);
	assert_true(seen_parse_number("max 100000\n") == SEEN_UNLIMITED);
	assert_int_equal(seen_parse_member("12\n345\n", 345), 1);
	assert_int_equal(seen_parse_member("12\n345\n", 34), 0);
}

static void devices(void **state)
{
	const struct plan_limits limits = {.io_read = 1000,
		.io_write = 2000,
		.devices = {{.major = 8, .minor = 0}, {.major = 8, .minor = 16, .written = true}},
		.n_devices = 2};

	(void)state;
	assert_int_equal(seen_parse_rates("8:16 rbps=1000 wbps=2000 riops=max wiops=max\n8:0 rbps=1000 wbps=max\n",
				 &limits, 0, &limit_rows[PLAN_LIMIT_IO_READ]),
		2);
	assert_int_equal(seen_parse_rates("8:16 rbps=1000 wbps=max riops=max\n8:0 rbps=1000 wbps=max\n", &limits, 0,
				 &limit_rows[PLAN_LIMIT_IO_READ]),
		1);
	assert_int_equal(seen_parse_rates("8:1 rbps=1000 wbps=2000\n18:0 rbps=1000 wbps=2000\n", &limits, 0,
				 &limit_rows[PLAN_LIMIT_IO_READ]),
		0);
	assert_int_equal(seen_parse_rates("", &limits, 0, &limit_rows[PLAN_LIMIT_IO_READ]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status),
		cmocka_unit_test(nothing_there),
		cmocka_unit_test(ids),
		cmocka_unit_test(interfaces),
		cmocka_unit_test(terminal),
		cmocka_unit_test(exiting),
		cmocka_unit_test(of_a_cgroup),
		cmocka_unit_test(devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
