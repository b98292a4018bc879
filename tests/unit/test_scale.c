#include "runner/scale.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NOW (1000 * NS_PER_S)

static void wanted(void **state)
{
	static const struct {
		unsigned min, max, warm, busy, wanted;
	} rows[] = {
		/* Without room to grow the number stays, whatever runs. */
		{3, 3, 0, 0, 3},
		{3, 3, 0, 3, 3},
		/* As many as run a job and the warm ones, between min and max. */
		{1, 4, 1, 0, 1},
		{1, 4, 1, 1, 2},
		{1, 4, 1, 3, 4},
		{1, 4, 1, 4, 4},
		{3, 8, 1, 1, 3},
		{3, 8, 1, 2, 3},
		{3, 8, 1, 3, 4},
		{1, 8, 3, 0, 3},
		{1, 8, 3, 2, 5},
		{1, 2, 8, 0, 2},
		{1, 64, 64, 64, 64},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct pool pool = {.slots = rows[i].min, .max = rows[i].max, .warm = rows[i].warm};

		assert_int_equal(scale_wanted(&pool, rows[i].busy), rows[i].wanted);
	}
}

static void grows_at_once(void **state)
{
	const struct pool pool = {.slots = 1, .max = 4, .warm = 2};
	int64_t spare = 0;

	(void)state;
	assert_int_equal(scale_step(&pool, 1, 0, &spare, NOW), 1);
	assert_int_equal(scale_step(&pool, 2, 0, &spare, NOW), 0);
	assert_int_equal(scale_step(&pool, 2, 2, &spare, NOW), 2);
	assert_int_equal(scale_step(&pool, 4, 4, &spare, NOW), 0);
	assert_int_equal(spare, 0);
}

/* Only what nobody has needed all the time. */
static void shrinks_after_a_while(void **state)
{
	const struct pool pool = {.slots = 1, .max = 4, .warm = 1};
	int64_t spare = 0;

	(void)state;
	assert_int_equal(scale_step(&pool, 4, 1, &spare, NOW), 0);
	assert_int_equal(scale_step(&pool, 4, 0, &spare, NOW + SCALE_SPARE_NS - 1), 0);
	/* In the last moment all of them run a job. */
	assert_int_equal(scale_step(&pool, 4, 3, &spare, NOW + SCALE_SPARE_NS - 1), 0);
	assert_int_equal(scale_step(&pool, 4, 1, &spare, NOW + SCALE_SPARE_NS), 0);
	assert_int_equal(scale_step(&pool, 4, 1, &spare, NOW + 2 * SCALE_SPARE_NS - 1), 0);
	assert_int_equal(scale_step(&pool, 4, 1, &spare, NOW + 2 * SCALE_SPARE_NS), -2);
	/* Then it counts anew. */
	assert_int_equal(scale_step(&pool, 2, 0, &spare, NOW + 2 * SCALE_SPARE_NS), 0);
	assert_int_equal(scale_step(&pool, 2, 0, &spare, NOW + 3 * SCALE_SPARE_NS), -1);
	assert_int_equal(scale_step(&pool, 1, 0, &spare, NOW + 4 * SCALE_SPARE_NS), 0);
	assert_int_equal(spare, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wanted),
		cmocka_unit_test(grows_at_once),
		cmocka_unit_test(shrinks_after_a_while),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
