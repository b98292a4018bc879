/* The table of kinds is whole, and the settings fit it. */
#include "common/builtin.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "policy/profile.h"
#include "policy/setting_kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static bool is_list(const struct setting *setting)
{
	return (setting->flags & SETTING_LIST) != 0;
}

static void every_kind_has_a_whole_row(void **state)
{
	(void)state;
	for (unsigned type = 0; type < SETTING_TYPE_COUNT; type++) {
		const struct setting_kind *kind = &setting_kinds[type];
		bool named = kind->value != SETTING_VALUE_NONE && kind->value != SETTING_VALUE_CHOICE;

		if (kind->wanted == NULL || kind->wanted[0] == '\0' || kind->forms == 0 || kind->value == 0 ||
			kind->apply == NULL || kind->schema == NULL || kind->is_path == NULL || kind->arg == NULL)
			fail_msg("kind %u: a member is empty", type);
		assert_int_equal(kind->arg != NULL && kind->arg[0] != '\0', named);
	}
}

/* Whether a plan prints it, and what completes it, needs what the setting's own row has. */
static void every_setting_fits_its_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = setting_at(i);
		const struct setting_kind *kind = setting_kind(setting);
		char text[256];

		if (!is_list(setting) && kind->to_json == NULL)
			fail_msg("%s: a plan cannot print it", setting->key);
		if ((kind->value == SETTING_VALUE_CHOICE) != (setting->choices != NULL) &&
			kind->value != SETTING_VALUE_NONE)
			fail_msg("%s: choices", setting->key);
		if ((kind->value == SETTING_VALUE_SHIPPED) != (setting->shipped != NULL))
			fail_msg("%s: shipped", setting->key);
		if (setting->shipped != NULL) {
			builtin_names(setting->shipped, text, sizeof text);
			assert_string_not_equal(text, "");
		}
		assert_int_equal(setting_arg(setting, text, sizeof text)[0] != '\0', setting_takes_value(setting));
		assert_true(setting->arg == NULL || strcmp(setting->arg, kind->arg) != 0); /* a repetition drifts */
	}
}

/* A kind of which some setting is a scalar has a print-out, one of lists only has none. */
static void what_is_never_printed_has_no_printer(void **state)
{
	bool scalar[SETTING_TYPE_COUNT] = {false};

	(void)state;
	for (size_t i = 0; i < settings_count; i++)
		scalar[setting_at(i)->type] |= !is_list(setting_at(i));
	for (unsigned type = 0; type < SETTING_TYPE_COUNT; type++)
		if (scalar[type] != (setting_kinds[type].to_json != NULL))
			fail_msg("kind %u: to_json", type);
}

static void count(const struct error *err, void *context)
{
	const char *wanted = context;

	if (strstr(err->text, wanted) == NULL)
		fail_msg("%s: not in: %s", wanted, err->text);
}

/* JSON of the wrong type is answered with what the kind expects, whatever the kind. */
static void the_wrong_type_is_told_what_is_expected(void **state)
{
	char path[] = "/tmp/test_setting_kind.XXXXXX.json";
	int fd = mkstemps(path, 5);

	(void)state;
	assert_true(fd >= 0);
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = setting_at(i);
		_cleanup_(plan_free) struct plan plan = {0};
		_cleanup_(freep) char *text =
			format(is_list(setting) ? "{\"%s\": [{}]}" : "{\"%s\": {}}", setting_profile_key(setting));
		_cleanup_(freep) char *wanted =
			format("%s: must be %s", setting_profile_key(setting), setting_kind(setting)->wanted);
		struct error err;

		if ((setting->flags & SETTING_CLI_ONLY) != 0)
			continue;
		assert_int_equal(plan_init(&plan, &err), 0);
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, text, strlen(text), 0), (ssize_t)strlen(text));
		assert_int_equal(profile_check(path, NULL, &plan, count, wanted), 1);
	}
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_has_a_whole_row),
		cmocka_unit_test(every_setting_fits_its_kind),
		cmocka_unit_test(what_is_never_printed_has_no_printer),
		cmocka_unit_test(the_wrong_type_is_told_what_is_expected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
