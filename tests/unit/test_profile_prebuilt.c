/* What was read when this was built is what would be read now. */
#include "common/builtin.h"
#include "common/io.h"
#include "policy/plan_json.h"
#include "policy/profile.h"
#include "policy/profile_prebuilt.h"
#include "policy/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void ignore(const struct setting *setting, const char *text, const char *origin, void *context)
{
	(void)setting;
	(void)text;
	(void)origin;
	++*(size_t *)context;
}

/* As text, with every origin. */
static char *shown(const struct plan *plan)
{
	json_t *json = plan_to_json(plan);
	char *text = json_dumps(json, JSON_INDENT(1));

	json_decref(json);
	assert_non_null(text);
	return text;
}

static void test_same_as_read_now(void **state)
{
	static char *command[] = {NULL};
	size_t n = 0;

	(void)state;
	for (const struct prebuilt_profile *profile = prebuilt_profiles; profile->name != NULL; profile++, n++) {
		struct plan now = {0}, then = {0};
		char *now_text, *then_text;
		size_t values = 0;
		struct error err;

		assert_int_equal(plan_init(&now, &err), 0);
		assert_int_equal(plan_init(&then, &err), 0);
		assert_int_equal(profile_trace(profile->name, &now, ignore, &values, &err), 0);
		assert_int_equal(profile_prebuilt(profile->name, &then, &err), 1);
		assert_true(values > 5);
		assert_int_equal(strlen(then.profile_digest), 64);
		now.command.argv = then.command.argv = command;
		now_text = shown(&now);
		then_text = shown(&then);
		assert_string_equal(now_text, then_text);
		assert_non_null(strstr(then_text, then.profile_digest));
		free(now_text);
		free(then_text);
		plan_free(&now);
		plan_free(&then);
	}
	assert_true(n >= 5);
}

static void test_every_shipped_profile_is_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < builtin_files_count; i++) {
		struct plan plan = {0};
		char name[64], end;
		struct error err;

		if (sscanf(builtin_files[i].path, "profiles/%63[^./].jso%c", name, &end) != 2 ||
			strcmp(name, "schema") == 0)
			continue;
		assert_int_equal(plan_init(&plan, &err), 0);
		assert_int_equal(profile_prebuilt(name, &plan, &err), 1);
		assert_string_equal(plan.profile, name);
		plan_free(&plan);
	}
}

static void test_nothing_else_is(void **state)
{
	static const char *const names[] = {
		"", "nosuch", "schema", "./default.json", "profiles/default.json", "defaul"};
	struct plan plan = {0};
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_int_equal(profile_prebuilt(names[i], &plan, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_as_read_now),
		cmocka_unit_test(test_every_shipped_profile_is_there),
		cmocka_unit_test(test_nothing_else_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
