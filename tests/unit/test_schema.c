#include "common/builtin.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "policy/schema.h"
#include "policy/settings.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void shipped_schema_is_up_to_date(void **state)
{
	const struct builtin_file *shipped = builtin_find("profiles/schema.json");
	_cleanup_(freep) char *text = NULL;
	struct error err;

	(void)state;
	text = schema_text(&err);
	assert_non_null(text);
	if (strlen(text) != (size_t)(shipped->end - shipped->text) || memcmp(text, shipped->text, strlen(text)) != 0)
		fail_msg("profiles/schema.json is old: cofferdam policy schema >profiles/schema.json");
}

static json_t *load_schema(void)
{
	_cleanup_(freep) char *text = NULL;
	struct error err;
	json_t *schema;

	text = schema_text(&err);
	assert_non_null(text);
	schema = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(schema);
	return schema;
}

static void every_key_of_a_profile_is_in_it(void **state)
{
	json_t *schema = load_schema(), *properties = json_object_get(schema, "properties");

	(void)state;
	assert_string_equal(
		json_string_value(json_object_get(schema, "$schema")), "https://json-schema.org/draft/2020-12/schema");
	assert_true(json_is_false(json_object_get(schema, "additionalProperties")));
	for (size_t i = 0; i < settings_count; i++) {
		bool in_profile = (setting_at(i)->flags & SETTING_CLI_ONLY) == 0 && setting_at(i)->later == NULL;
		json_t *property = json_object_get(properties, setting_profile_key(setting_at(i)));

		if (setting_find_in_profile(setting_profile_key(setting_at(i))) != setting_at(i))
			continue; /* an option beside a key of the same name */
		assert_int_equal(property != NULL, in_profile);
		if (in_profile)
			assert_true(json_object_size(property) >= 2 ||
				    strcmp(json_string_value(json_object_get(property, "type")), "string") == 0);
	}
	json_decref(schema);
}

/* What is refused by name is not offered. */
static void later_choices_are_left_out(void **state)
{
	json_t *schema = load_schema();
	json_t *network = json_object_get(json_object_get(schema, "properties"), "network");
	json_t *names = json_object_get(network, "enum");

	(void)state;
	assert_int_equal(json_array_size(names), 3);
	assert_string_equal(json_string_value(json_array_get(names, 0)), "none");
	assert_string_equal(json_string_value(json_array_get(names, 1)), "host");
	assert_string_equal(json_string_value(json_array_get(names, 2)), "open");
	json_decref(schema);
}

static void shipped_files_are_found_by_name(void **state)
{
	char names[256];

	(void)state;
	assert_non_null(builtin_find_named("profiles", "default"));
	assert_non_null(builtin_find_named("profiles/seccomp", "job"));
	assert_ptr_equal(builtin_find_named("profiles", "job"), builtin_find("profiles/job.json"));
	assert_null(builtin_find_named("profiles", "schema"));
	assert_null(builtin_find_named("profiles", "seccomp/job"));
	assert_null(builtin_find_named("profiles", ""));
	assert_null(builtin_find_named("profiles", "defaul"));
	assert_null(builtin_find("profiles/nosuch.json"));
	builtin_names("profiles/seccomp", names, sizeof names);
	assert_string_equal(names, "job, strict, listener, proxy, docker-outer");
	for (size_t i = 0; i < builtin_files_count; i++) {
		assert_true(builtin_files[i].end > builtin_files[i].text);
		assert_int_equal(builtin_files[i].text[0], '{');
		assert_int_equal(builtin_files[i].end[-1], '\n');
		assert_int_equal(*builtin_files[i].end, '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_schema_is_up_to_date),
		cmocka_unit_test(every_key_of_a_profile_is_in_it),
		cmocka_unit_test(later_choices_are_left_out),
		cmocka_unit_test(shipped_files_are_found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
