#include "policy/idmap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ALL "         0          0 4294967295\n"

static char alice[] = "alice", whole[] = "alice:100000:65536\n", none[] = "", all[] = ALL;

static struct facts_idmap host(char *subuid, char *subgid)
{
	return (struct facts_idmap){.user = alice,
		.primary = 1000,
		.subuid = subuid,
		.subgid = subgid,
		.parent_uids = all,
		.parent_gids = all,
		.newuidmap = IDMAP_PROGRAM_OK,
		.newgidmap = IDMAP_PROGRAM_OK};
}

static void is(const struct idmap *map, unsigned i, uint32_t inside, uint32_t outside, uint32_t count)
{
	assert_true(i < map->n);
	assert_int_equal(map->extents[i].inside, inside);
	assert_int_equal(map->extents[i].outside, outside);
	assert_int_equal(map->extents[i].count, count);
}

static void root_is_the_caller(void **state)
{
	char other[] = "bob:100000:65536\nalice:200000:70000\n";
	const struct facts_idmap facts = host(whole, other);
	struct idmap uids, gids;
	struct error err;

	(void)state;
	assert_int_equal(idmap_decide(&facts, 1001, 1000, &uids, &gids, &err), 0);
	assert_int_equal(uids.n, 2);
	is(&uids, 0, 0, 1001, 1);
	is(&uids, 1, 1, 100000, 65535);
	assert_int_equal(uids.spare, 165535);
	assert_int_equal(gids.n, 2);
	is(&gids, 0, 0, 1000, 1);
	is(&gids, 1, 1, 200000, 65535);
	assert_int_equal(gids.spare, 265535);
}

static void several_ranges_follow_each_other(void **state)
{
	char ranges[] = "alice:300000:10\nbob:400000:1\n1001:500000:65524\nalice:600000:2\nalice:700000:5\n";
	const struct facts_idmap facts = host(ranges, whole);
	struct idmap uids, gids;
	struct error err;

	(void)state;
	assert_int_equal(idmap_decide(&facts, 1001, 1000, &uids, &gids, &err), 0);
	assert_int_equal(uids.n, 4);
	is(&uids, 1, 1, 300000, 10);
	is(&uids, 2, 11, 500000, 65524);
	is(&uids, 3, 65535, 600000, 1);
	assert_int_equal(uids.spare, 600001);
}

/* The spare id is the first of the next range, where one ends with the last id that is mapped. */
static void spare_in_the_next_range(void **state)
{
	char ranges[] = "alice:300000:65535\nalice:700000:5\n";
	const struct facts_idmap facts = host(ranges, whole);
	struct idmap uids, gids;
	struct error err;

	(void)state;
	assert_int_equal(idmap_decide(&facts, 1001, 1000, &uids, &gids, &err), 0);
	assert_int_equal(uids.n, 2);
	assert_int_equal(uids.spare, 700000);
}

static void refused(const struct facts_idmap *facts, const char *expected, const char *remedy)
{
	struct idmap uids, gids;
	struct error err;

	err.hint[0] = '\0';
	assert_int_equal(idmap_decide(facts, 1001, 1000, &uids, &gids, &err), -1);
	assert_string_equal(err.text, expected);
	assert_string_equal(err.hint, remedy);
}

static void refusals_of_ranges(void **state)
{
	static const struct {
		const char *subuid, *subgid, *expected, *remedy;
	} cases[] = {
		{"", "alice:100000:65536\n", "/etc/subuid: no range for alice",
			"add this line to /etc/subuid: alice:100000:65536"},
		{"alice:100000:65536\n", "", "/etc/subgid: no range for alice",
			"add this line to /etc/subgid: alice:100000:65536"},
		{"", "", "/etc/subuid: no range for alice", "add this line to /etc/subuid: alice:100000:65536"},
		{"bob:100000:65536\n", "", "/etc/subuid: no range for alice",
			"add this line to /etc/subuid: alice:165536:65536"},
		{"alice:100000:1000\n", "", "/etc/subuid: 1000 ids for alice: 65536 required",
			"add this line to /etc/subuid: alice:101000:65536"},
		{"alice:100000:65535\n", "", "/etc/subuid: 65535 ids for alice: 65536 required",
			"add this line to /etc/subuid: alice:165535:65536"},
		{"alice:100000:65536\nbob:165535:65536\n", "",
			"/etc/subuid:1: 100000:65536 overlaps the range of bob in line 2",
			"use a free range in /etc/subuid: alice:231071:65536"},
		{"bob:1:200000\nalice:100000:65536\n", "",
			"/etc/subuid:2: 100000:65536 overlaps the range of bob in line 1",
			"use a free range in /etc/subuid: alice:200001:65536"},
		{"alice:100000:65536\nalice:100000:65536\n", "",
			"/etc/subuid:1: 100000:65536 overlaps the range of alice in line 2",
			"remove one of the two lines"},
		{"alice:1e5:65536\n", "", "/etc/subuid:1: not NAME:FIRST:COUNT",
			"write it like this in /etc/subuid: alice:100000:65536"},
		{"alice:0:65536\n", "", "/etc/subuid:1: 0:65536 contains uid 0, which is root's",
			"replace the line in /etc/subuid: alice:100000:65536"},
		{"alice:1001:65536\n", "", "/etc/subuid:1: 1001:65536 contains uid 1001, which is the caller's own",
			"replace the line in /etc/subuid: alice:100000:65536"},
		{"bob:100000:4294867295\n", "", "/etc/subuid: no range for alice",
			"no range of 65536 free ids: take some from another user"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *subuid = strdup(cases[i].subuid), *subgid = strdup(cases[i].subgid);
		const struct facts_idmap facts = host(subuid, subgid);
		char expected[256];

		snprintf(expected, sizeof expected, "identity subuid: %s", cases[i].expected);
		refused(&facts, expected, cases[i].remedy);
		free(subuid);
		free(subgid);
	}
}

/* What is wrong with others' lines, and with lines that are not needed any more, is theirs. */
static void others_may_be_wrong(void **state)
{
	char ranges[] = "bob:x\nbob:1:100\ncarol:50:100\nalice:100000:65536\nalice:bad:line\n";
	const struct facts_idmap facts = host(ranges, whole);
	struct idmap uids, gids;
	struct error err;

	(void)state;
	assert_int_equal(idmap_decide(&facts, 1001, 1000, &uids, &gids, &err), 0);
}

static void refusals_of_the_host(void **state)
{
	struct facts_idmap facts = host(whole, whole);

	(void)state;
	facts.newuidmap = IDMAP_PROGRAM_MISSING;
	refused(&facts, "identity subuid: newuidmap: not found", "apt-get install uidmap");
	facts = host(whole, whole);
	facts.newgidmap = IDMAP_PROGRAM_POWERLESS;
	refused(&facts, "identity subuid: newgidmap: neither setuid root nor with file capabilities",
		"setcap cap_setgid+ep \"$(command -v newgidmap)\", or apt-get install --reinstall uidmap");
	facts = host(whole, whole);
	facts.newuidmap = IDMAP_PROGRAM_NOSUID;
	refused(&facts, "identity subuid: newuidmap: on a file system mounted nosuid", "mount it without nosuid");
	facts = host(whole, whole);
	facts.no_new_privs = true;
	refused(&facts, "identity subuid: no_new_privs is set: newuidmap cannot gain privileges",
		"systemd: NoNewPrivileges=no; docker: no --security-opt no-new-privileges");
	facts = host(whole, whole);
	facts.primary = 7;
	refused(&facts, "identity subuid: gid 1000 is not the caller's primary group, 7, and newgidmap maps no other",
		"start the launcher without newgrp or sg");
}

static void in_a_container(void **state)
{
	char few[] = "         0       1000          1\n         1     100000      65536\n";
	char within[] = "alice:1002:64535\nalice:1:1000\n"; /* a spare one is missing: the caller has 1001 */
	char enough[] = "         0          0     200000\n";
	struct facts_idmap facts = host(whole, whole);

	(void)state;
	facts.parent_uids = few;
	refused(&facts, "identity subuid: uids 100000 to 165534: not mapped in this user namespace",
		"start the container with more ids, or use ids that it has in /etc/subuid");
	facts.subuid = within;
	refused(&facts, "identity subuid: /etc/subuid: 65535 ids for alice: 65536 required",
		"add this line to /etc/subuid: alice:100000:65536");
	facts = host(whole, whole);
	facts.parent_uids = facts.parent_gids = enough;
	{
		struct idmap uids, gids;
		struct error err;

		assert_int_equal(idmap_decide(&facts, 1001, 1000, &uids, &gids, &err), 0);
	}
	facts.parent_gids = none;
	refused(&facts, "identity subuid: gids 1000 to 1000: not mapped in this user namespace",
		"start the container with more ids, or use ids that it has in /etc/subgid");
}

static void nameless_callers_have_a_number(void **state)
{
	char numbered[] = "1001:100000:65536\n";
	struct facts_idmap facts = host(numbered, none);

	(void)state;
	facts.user = NULL;
	refused(&facts, "identity subuid: /etc/subgid: no range for 1001",
		"add this line to /etc/subgid: 1001:100000:65536");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_is_the_caller),
		cmocka_unit_test(several_ranges_follow_each_other),
		cmocka_unit_test(spare_in_the_next_range),
		cmocka_unit_test(refusals_of_ranges),
		cmocka_unit_test(others_may_be_wrong),
		cmocka_unit_test(refusals_of_the_host),
		cmocka_unit_test(in_a_container),
		cmocka_unit_test(nameless_callers_have_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
