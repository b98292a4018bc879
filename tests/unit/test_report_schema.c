/* docs/report.schema.json lists what the tables of the report have: no member is missing, and none is made up. */
#include "policy/limits.h"
#include "sandbox/outcome/outcome.h"
#include "sandbox/protections.h"
#include "sandbox/verify/seen.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static json_t *schema;

static int load(void **state)
{
	json_error_t error;

	(void)state;
	schema = json_load_file("docs/report.schema.json", JSON_REJECT_DUPLICATES, &error);
	return schema == NULL ? -1 : 0;
}

static int drop(void **state)
{
	(void)state;
	json_decref(schema);
	return 0;
}

/* The value below: keys with '/' between them. */
static json_t *at(const char *path)
{
	char copy[128];
	json_t *value = schema;

	snprintf(copy, sizeof copy, "%s", path);
	for (char *rest = copy, *key; (key = strsep(&rest, "/")) != NULL;)
		value = json_object_get(value, key);
	if (value == NULL)
		fail_msg("docs/report.schema.json has no %s", path);
	return value;
}

static bool lists(const json_t *array, const char *name)
{
	const json_t *one;
	size_t i;

	json_array_foreach (array, i, one)
		if (strcmp(json_string_value(one), name) == 0)
			return true;
	return false;
}

static void every_protection(void **state)
{
	(void)state;
	assert_int_equal(json_object_size(at("properties/protections/properties")), PROTECTION_COUNT);
	assert_int_equal(json_array_size(at("properties/protections/required")), PROTECTION_COUNT);
	for (unsigned i = 0; i < PROTECTION_COUNT; i++)
		assert_true(lists(at("properties/protections/required"), protection_name(i)));
}

static void every_value_that_is_seen(void **state)
{
	struct protection_fact facts[PROTECTION_FACTS_MAX];
	struct seen_values seen = {0};

	(void)state;
	for (unsigned i = 0; i < PROTECTION_COUNT; i++) {
		const unsigned n = seen_facts(&seen, i, facts);
		char path[128];
		size_t names = 0;
		json_t *values;

		snprintf(path, sizeof path, "properties/protections/properties/%s/properties", protection_name(i));
		values = json_object_get(at(path), "seen");
		if (n == 0) {
			assert_null(values);
			continue;
		}
		for (unsigned k = 0; k < n; k++) {
			bool again = false;

			assert_true(lists(
				json_object_get(json_object_get(values, "propertyNames"), "enum"), facts[k].name));
			assert_true(
				lists(json_object_get(json_object_get(at(path), "not_seen"), "enum"), facts[k].name));
			for (unsigned before = 0; before < k; before++)
				again |= strcmp(facts[before].name, facts[k].name) == 0;
			names += again ? 0 : 1;
		}
		assert_int_equal(
			json_array_size(json_object_get(json_object_get(values, "propertyNames"), "enum")), names);
	}
}

static void every_state_and_end(void **state)
{
	(void)state;
	assert_int_equal(json_array_size(at("$defs/state/enum")), PROTECTION_UNAVAILABLE + 1);
	for (unsigned i = 0; i <= PROTECTION_UNAVAILABLE; i++)
		assert_true(lists(at("$defs/state/enum"), protection_state_name(i)));
	assert_int_equal(json_array_size(at("properties/ended_by/enum")), ENDED_BY_LAUNCHER + 1);
	for (unsigned i = 0; i <= ENDED_BY_LAUNCHER; i++)
		assert_true(lists(at("properties/ended_by/enum"), ended_by_name(i)));
}

static void every_limit(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PLAN_LIMIT_COUNT; i++) {
		char path[128];

		snprintf(path, sizeof path, "properties/limits/properties/%s/properties/%s",
			protection_name(protection_of_degradable(limit_rows[i].degradable)), limit_rows[i].report);
		at(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_protection),
		cmocka_unit_test(every_value_that_is_seen),
		cmocka_unit_test(every_state_and_end),
		cmocka_unit_test(every_limit),
	};

	return cmocka_run_group_tests(tests, load, drop);
}
