/* The table of limits is whole. */
#include "policy/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void every_limit_has_a_whole_row(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PLAN_LIMIT_COUNT; i++) {
		const struct limit *limit = &limit_rows[i];
		const size_t offset = limit->setting.offset;

		if (limit->setting.key == NULL || limit->setting.help == NULL || limit->instead == NULL ||
			limit->file[0] == '\0' || limit->seen[0] == '\0' || limit->report[0] == '\0' ||
			limit->controller == 0)
			fail_msg("limit %u: a member is empty", i);
		assert_int_equal(limit->setting.flags & SETTING_NONE, SETTING_NONE);
		assert_true(offset >= offsetof(struct plan, limits) &&
			    offset < offsetof(struct plan, limits) + sizeof(struct plan_limits));
		assert_true(limit->degradable < PLAN_DEGRADABLE_COUNT);
		assert_int_equal(limit->word[0] != '\0', limit_is_rate(limit));
		/* Room for the end: a name that fills its member has none. */
		assert_non_null(memchr(limit->file, '\0', sizeof limit->file));
		assert_non_null(memchr(limit->word, '\0', sizeof limit->word));
		assert_non_null(memchr(limit->seen, '\0', sizeof limit->seen));
		assert_non_null(memchr(limit->report, '\0', sizeof limit->report));
	}
}

/* No two limits have one key, one member, one name in the report; those of one file stand together, each with a word of
 * its own. */
static void no_two_limits_are_one(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PLAN_LIMIT_COUNT; i++)
		for (unsigned j = 0; j < i; j++) {
			const struct limit *a = &limit_rows[i], *b = &limit_rows[j];

			assert_string_not_equal(a->setting.key, b->setting.key);
			assert_int_not_equal(a->setting.offset, b->setting.offset);
			assert_false(a->degradable == b->degradable && strcmp(a->report, b->report) == 0);
			if (strcmp(a->file, b->file) != 0)
				continue;
			assert_true(limit_is_rate(a) && limit_is_rate(b));
			assert_string_not_equal(a->word, b->word);
			for (unsigned k = j + 1; k <= i; k++)
				assert_true(limit_shares_file(&limit_rows[k]));
		}
}

static void a_limit_is_found_by_its_setting(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PLAN_LIMIT_COUNT; i++)
		assert_ptr_equal(limit_of_setting(setting_find(limit_rows[i].setting.key)), &limit_rows[i]);
	assert_null(limit_of_setting(setting_find("disk")));
	assert_ptr_equal(limit_of_setting(setting_find("cpus")), &limit_rows[PLAN_LIMIT_CPUS]);
}

static void every_degradable_has_its_row(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PLAN_DEGRADABLE_COUNT; i++) {
		if (limit_degradables[i].name == NULL)
			fail_msg("degradable %u: no row", i);
		assert_int_equal(limit_degradables[i].value, 1u << i);
	}
	assert_null(limit_degradables[PLAN_DEGRADABLE_COUNT + 2].name);
}

static void every_controller_has_its_row(void **state)
{
	unsigned bits = 0;

	(void)state;
	for (unsigned i = 0; i < LIMIT_CONTROLLERS; i++) {
		bits |= limit_controllers[i].bit;
		assert_string_not_equal(limit_controllers[i].name, "");
	}
	for (unsigned i = 0; i < PLAN_LIMIT_COUNT; i++)
		assert_int_equal((limit_rows[i].controller | limit_rows[i].also) & ~bits, 0);
	assert_int_equal(
		bits, FACTS_CONTROLLER_MEMORY | FACTS_CONTROLLER_PIDS | FACTS_CONTROLLER_CPU | FACTS_CONTROLLER_IO);
}

/* A fresh plan has no limit; with a value it has one, which what is missing by consent takes away again. */
static void asked_for_and_enforced(void **state)
{
	struct plan plan;
	struct error err;

	(void)state;
	assert_int_equal(plan_init(&plan, &err), 0);
	for (unsigned i = 0; i < PLAN_LIMIT_COUNT; i++) {
		const struct limit *limit = &limit_rows[i];

		plan.degraded = 0;
		assert_false(limit_is_asked_for(&plan.limits, limit) ||
			     limit_is_enforced(&plan.limits, plan.degraded, limit));
		*limit_field(&plan.limits, limit) = 2;
		assert_true(limit_is_asked_for(&plan.limits, limit) &&
			    limit_is_enforced(&plan.limits, plan.degraded, limit));
		plan.degraded = ~(1u << limit->degradable);
		assert_true(limit_is_enforced(&plan.limits, plan.degraded, limit));
		plan.degraded = 1u << limit->degradable;
		assert_true(limit_is_asked_for(&plan.limits, limit) &&
			    !limit_is_enforced(&plan.limits, plan.degraded, limit));
	}
	assert_int_equal(plan.limits.memory_high, 2);
	plan.degraded = 0;
	plan.limits.swap = 0; /* a limit, unlike the others' */
	assert_true(limit_is_enforced(&plan.limits, plan.degraded, &limit_rows[PLAN_LIMIT_SWAP]));
	plan_free(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_limit_has_a_whole_row),
		cmocka_unit_test(no_two_limits_are_one),
		cmocka_unit_test(a_limit_is_found_by_its_setting),
		cmocka_unit_test(every_degradable_has_its_row),
		cmocka_unit_test(every_controller_has_its_row),
		cmocka_unit_test(asked_for_and_enforced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
