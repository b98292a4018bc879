#include "runner/config/pool_file.h"

#include "common/cleanup.h"
#include "runner/config/pool_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct pool_file_facts organization = {.has_groups = true}, repository = {.has_groups = false};

/* The lines of the problems, joined. */
static char *parse(struct pools *pools, const char *text, const struct pool_file_facts *facts)
{
	_cleanup_(json_doc_free) struct json_doc doc = {0};
	_cleanup_(problems_free) struct problems problems = {0};
	char *all = strdup("");
	struct error err;
	int parsed;

	*pools = (struct pools){0};
	if (json_doc_parse(&doc, "/etc/pools.json", text, strlen(text), &err) < 0) {
		free(all);
		return strdup(err.text);
	}
	parsed = pool_file_parse(pools, &doc, facts, &problems);
	assert_int_equal(parsed, problems.n > 0 ? -1 : 0);
	for (size_t i = 0; i < problems.n; i++) {
		char *more;

		assert_true(asprintf(&more, "%s%s%s", all, i > 0 ? "\n" : "", problems.lines[i]) >= 0);
		free(all);
		all = more;
	}
	return all;
}

static void a_full_file_and_the_defaults(void **state)
{
	struct pools pools;
	_cleanup_(freep) char *said = parse(&pools,
		"{\"$schema\": \"x\", \"pools\": [\n"
		" {\"name\": \"big.1\", \"labels\": [\"gpu\", \"big box\"], \"group\": \"g 1\", \"profile\": \"own.d/big.json\",\n"
		"  \"root\": \"image:noble\", \"min\": 3, \"max\": 3, \"ephemeral\": true, \"prepared\": false, \"rate\": \"0.125 EUR\",\n"
		" \"hold_failed\": \"30m\"}, {\"name\": \"small\"}, {\"name\": \"abs\", \"profile\": \"/p.json\", \"root\": \"/srv/root\"},\n"
		" {\"name\": \"grows\", \"max\": 4}, {\"name\": \"more\", \"min\": 2, \"max\": 9, \"warm\": 3}]}",
		&organization);

	(void)state;
	assert_string_equal(said, "");
	assert_int_equal(pools.n, 5);
	if (pools.v == NULL) {
		fail();
		return;
	}
	assert_string_equal(pools.v[0].name, "big.1");
	assert_int_equal(pools.v[0].n_labels, 2);
	assert_string_equal(pools.v[0].labels[1], "big box");
	assert_null(pools.v[0].labels[2]);
	assert_string_equal(pools.v[0].group, "g 1");
	assert_string_equal(pools.v[0].profile, "/etc/own.d/big.json");
	assert_string_equal(pools.v[0].profile_origin, "/etc/pools.json:2:77");
	assert_string_equal(pools.v[0].root, "image:noble");
	assert_int_equal(pools.v[0].slots, 3);
	assert_int_equal(pools.v[0].max, 3);
	assert_true(pools.v[0].ephemeral);
	assert_false(pools.v[0].once);
	assert_false(pools.v[0].prepares);
	assert_int_equal(pools.v[0].hold_ns, INT64_C(1800000000000));
	assert_int_equal(pools.v[1].hold_ns, 0);
	assert_true(pools.v[0].rate > 0.1249 && pools.v[0].rate < 0.1251);
	assert_string_equal(pools.v[0].currency, "EUR");
	assert_string_equal(pools.v[1].profile, "job");
	assert_string_equal(pools.v[1].profile_origin, "/etc/pools.json:4:25");
	assert_int_equal(pools.v[1].slots, 1);
	assert_int_equal(pools.v[1].max, 1);
	assert_false(pools.v[1].ephemeral);
	assert_true(pools.v[1].prepares);
	assert_null(pools.v[1].group);
	assert_null(pools.v[1].root);
	assert_true(pools.v[1].rate == 0);
	assert_string_equal(pools.v[2].profile, "/p.json");
	assert_int_equal(pools.v[2].warm, 0);
	assert_int_equal(pools.v[3].slots, 1);
	assert_int_equal(pools.v[3].max, 4);
	assert_int_equal(pools.v[3].warm, 1);
	assert_int_equal(pools.v[4].warm, 3);
	pools_free(&pools);
}

#define P "/etc/pools.json:"
#define SLOTS_HINT " (1 to 128)"
#define NAME_HINT " (a letter, then letters, digits, '.', '-' and '_', at most 32)"
#define LABEL_HINT " (1 to 256 bytes, without a comma, a control character, or a space at an end)"
#define TEXT "a string that is not empty, without control characters"
#define RATE_HINT " (a number of at most 6 digits before and after the point, and a word: \"0.12 EUR\")"

static void each_mistake_has_its_place(void **state)
{
	static const struct {
		const char *text, *error;
		bool is_repository;
	} rows[] = {
		{"[]", P "1:1: must be an object with pools", false},
		{"{}", P "1:1: pools: required", false},
		{"{\"pools\": {}}", P "1:11: pools: must be an array of at least one pool", false},
		{"{\"pools\": []}", P "1:11: pools: must be an array of at least one pool", false},
		{"{\"pools\": [1]}", P "1:12: must be a pool: an object", false},
		{"{\"pool\": [], \"pools\": [{\"name\": \"a\"}]}", P "1:2: pool: unknown key (pools is the only one)",
			false},
		{"{\"pools\": [{\"name\": \"a\", \"name\": \"b\"}]}", P "1:31: duplicate object key near '\"name\"'",
			false},
		{"{\"pools\": [{\"name\": \"a\"},\n {\"name\": \"a\"}]}", P "2:11: name: a: another pool has it",
			false},
		{"{\"pools\": [{}]}", P "1:12: name: required", false},
		{"{\"pools\": [{\"name\": \"a\", \"lables\": []}]}",
			P "1:26: lables: unknown key (did you mean labels?)", false},
		{"{\"pools\": [{\"name\": \"a\", \"x/~y\": 1}]}", P "1:26: x/~y: unknown key", false},
		{"{\"pools\": [{\"name\": \"1a\"}]}", P "1:21: name: must be a name" NAME_HINT, false},
		{"{\"pools\": [{\"name\": \"\"}]}", P "1:21: name: must be a name" NAME_HINT, false},
		{"{\"pools\": [{\"name\": \"a b\"}]}", P "1:21: name: must be a name" NAME_HINT, false},
		{"{\"pools\": [{\"name\": 1}]}", P "1:21: name: must be a name" NAME_HINT, false},
		{"{\"pools\": [{\"name\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}]}",
			P "1:21: name: must be a name" NAME_HINT, false},
		{"{\"pools\": [{\"name\": \"a\", \"labels\": \"x\"}]}", P "1:36: labels: must be an array of labels",
			false},
		{"{\"pools\": [{\"name\": \"a\", \"labels\": [\"x\", \"y,z\"]}]}",
			P "1:42: labels: must be a label" LABEL_HINT, false},
		{"{\"pools\": [{\"name\": \"a\", \"labels\": [\" x\"]}]}", P "1:37: labels: must be a label" LABEL_HINT,
			false},
		{"{\"pools\": [{\"name\": \"a\", \"labels\": [\"x\\ny\"]}]}",
			P "1:37: labels: must be a label" LABEL_HINT, false},
		{"{\"pools\": [{\"name\": \"a\", \"group\": \"\"}]}", P "1:35: group: must be " TEXT, false},
		{"{\"pools\": [{\"name\": \"a\", \"group\": \"g\"}]}",
			P "1:26: group: a repository has no runner groups (remove it)", true},
		{"{\"pools\": [{\"name\": \"a\", \"profile\": 3}]}", P "1:37: profile: must be " TEXT, false},
		{"{\"pools\": [{\"name\": \"a\", \"root\": \"noble\"}]}",
			P "1:34: root: must be \"host\", \"overlay\", an absolute directory or \"image:NAME\"", false},
		{"{\"pools\": [{\"name\": \"a\", \"root\": \"image:\"}]}",
			P "1:34: root: must be \"host\", \"overlay\", an absolute directory or \"image:NAME\"", false},
		{"{\"pools\": [{\"name\": \"a\", \"min\": 0}]}", P "1:33: min: must be a number of slots" SLOTS_HINT,
			false},
		{"{\"pools\": [{\"name\": \"a\", \"min\": 129}]}", P "1:33: min: must be a number of slots" SLOTS_HINT,
			false},
		{"{\"pools\": [{\"name\": \"a\", \"min\": 1.5}]}", P "1:33: min: must be a number of slots" SLOTS_HINT,
			false},
		{"{\"pools\": [{\"name\": \"a\", \"min\": 2, \"max\": 1}]}",
			P "1:43: max: less than min (raise it, or leave it out)", false},
		{"{\"pools\": [{\"name\": \"a\", \"ephemeral\": \"true\"}]}",
			P "1:39: ephemeral: must be true or false", false},
		{"{\"pools\": [{\"name\": \"a\", \"prepared\": 1}]}", P "1:38: prepared: must be true or false", false},
		{"{\"pools\": [{\"name\": \"a\", \"rate\": 1}]}", P "1:34: rate: must be a string such as \"0.12 EUR\"",
			false},
		{"{\"pools\": [{\"name\": \"a\", \"rate\": \"EUR 1\"}]}",
			P "1:34: rate: EUR 1: not a price of an hour" RATE_HINT, false},
		{"{\"pools\": [{\"name\": \"a\", \"warm\": 1}]}",
			P "1:26: warm: requires a max that is larger than min (set max)", false},
		{"{\"pools\": [{\"name\": \"a\", \"max\": 3, \"warm\": 0}]}",
			P "1:44: warm: must be a number of slots" SLOTS_HINT, false},
		{"{\"pools\": [{\"name\": \"a\", \"slots\": 1}]}",
			P "1:26: slots: unknown key (the number of slots is named min)", false},
		{"{\"pools\": [{\"name\": \"a\", \"hold_failed\": 30}]}",
			P "1:41: hold_failed: must be a duration such as \"30m\"", false},
		{"{\"pools\": [{\"name\": \"a\", \"hold_failed\": \"30\"}]}",
			P "1:41: hold_failed: 30: not a duration (expected a duration such as 90s, 15m or 6h)", false},
		{"{\"pools\": [{\"name\": \"a\", \"hold_failed\": \"0s\"}]}", P "1:41: hold_failed: must be 1s to 24h",
			false},
		{"{\"pools\": [{\"name\": \"a\", \"hold_failed\": \"25h\"}]}", P "1:41: hold_failed: must be 1s to 24h",
			false},
		{"{\"pools\": [{\"name\": \"a\", \"max\": 100},\n{\"name\": \"b\", \"min\": 100}]}",
			P "1:11: pools: 200 slots in all, more than 128", false},
		/* All at once. */
		{"{\"pools\": [{\"name\": 1,\n\"min\": 0}]}",
			P "1:21: name: must be a name" NAME_HINT "\n" P
			  "2:8: min: must be a number of slots" SLOTS_HINT,
			false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct pools pools;
		_cleanup_(freep) char *said =
			parse(&pools, rows[i].text, rows[i].is_repository ? &repository : &organization);

		assert_string_equal(said, rows[i].error);
		/* What went wrong can still be looked at, to find more. */
		for (size_t k = 0; k < pools.n; k++)
			assert_non_null(pools.v[k].profile);
		pools_free(&pools);
	}
}

static void a_rate_is_a_number_and_a_word(void **state)
{
	static const struct {
		const char *text;
		double rate; /* < 0: none */
		const char *currency;
	} rows[] = {
		{"1 EUR", 1, "EUR"},
		{"0.5 x", 0.5, "x"},
		{"999999.999999 credits", 999999.999999, "credits"},
		{"0 EUR", 0, "EUR"},
		{"1000000 EUR", -1, ""},
		{"0.1234567 EUR", -1, ""},
		{"1. EUR", -1, ""},
		{".5 EUR", -1, ""},
		{"-1 EUR", -1, ""},
		{"1e3 EUR", -1, ""},
		{"1,5 EUR", -1, ""},
		{"1EUR", -1, ""},
		{"1  EUR", -1, ""},
		{"1 ", -1, ""},
		{"1", -1, ""},
		{"", -1, ""},
		{"1 EUR ", -1, ""},
		{"1 E1", -1, ""},
		{"1 ninechars", -1, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct pool pool = {.rate = 0};
		struct error err;

		assert_int_equal(pool_rate_parse(&pool, rows[i].text, &err), rows[i].rate < 0 ? -1 : 0);
		if (rows[i].rate < 0)
			continue;
		assert_true(pool.rate > rows[i].rate - 1e-7 && pool.rate < rows[i].rate + 1e-7);
		assert_string_equal(pool.currency, rows[i].currency);
	}
}

static void the_schema_has_the_keys_that_are_read(void **state)
{
	struct error err;
	_cleanup_(freep) char *text = pool_file_schema(&err);
	json_t *schema = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	const json_t *items = json_object_get(
		json_object_get(json_object_get(json_object_get(schema, "properties"), "pools"), "items"),
		"properties");

	(void)state;
	assert_non_null(schema);
	for (const struct pool_key *key = pool_keys; key->name != NULL; key++) {
		const json_t *property = json_object_get(items, key->name);

		assert_int_equal(property != NULL, key->read != NULL);
		if (property != NULL)
			assert_string_equal(json_string_value(json_object_get(property, "description")), key->help);
	}
	json_decref(schema);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_file_and_the_defaults),
		cmocka_unit_test(each_mistake_has_its_place),
		cmocka_unit_test(a_rate_is_a_number_and_a_word),
		cmocka_unit_test(the_schema_has_the_keys_that_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
