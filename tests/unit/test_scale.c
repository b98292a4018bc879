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
		unsigned min, max, warm, busy, out, wanted;
	} rows[] = {
		/* Without room to grow the number stays, whatever runs. */
		{3, 3, 0, 0, 0, 3},
		{3, 3, 0, 3, 0, 3},
		/* As many as run a job and the warm ones, between min and max. */
		{1, 4, 1, 0, 0, 1},
		{1, 4, 1, 1, 0, 2},
		{1, 4, 1, 3, 0, 4},
		{1, 4, 1, 4, 0, 4},
		{3, 8, 1, 1, 0, 3},
		{3, 8, 1, 2, 0, 3},
		{3, 8, 1, 3, 0, 4},
		{1, 8, 3, 0, 0, 3},
		{1, 8, 3, 2, 0, 5},
		{1, 2, 8, 0, 0, 2},
		{1, 64, 64, 64, 0, 64},
		/* Drained by name: less than before, not others in their place. */
		{3, 3, 0, 0, 1, 2},
		{1, 4, 1, 0, 1, 1},
		{1, 4, 1, 3, 1, 3},
		{2, 4, 1, 0, 4, 0},
		{2, 4, 1, 0, 5, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct pool pool = {.slots = rows[i].min, .max = rows[i].max, .warm = rows[i].warm};

		assert_int_equal(scale_wanted(&pool, rows[i].busy, rows[i].out), rows[i].wanted);
	}
}

static void grows_at_once(void **state)
{
	const struct pool pool = {.slots = 1, .max = 4, .warm = 2};
	struct scale_spare spare = {0};

	(void)state;
	assert_int_equal(scale_step(&pool, 1, 0, 0, &spare, NOW), 1);
	assert_int_equal(scale_step(&pool, 2, 0, 0, &spare, NOW), 0);
	assert_int_equal(scale_step(&pool, 2, 2, 0, &spare, NOW), 2);
	assert_int_equal(scale_step(&pool, 4, 4, 0, &spare, NOW), 0);
	assert_int_equal(spare.since_ns, 0);
}

/* Only what nobody has needed all the time. */
static void shrinks_after_a_while(void **state)
{
	const struct pool pool = {.slots = 1, .max = 4, .warm = 1};
	struct scale_spare spare = {0};

	(void)state;
	assert_int_equal(scale_step(&pool, 4, 1, 0, &spare, NOW), 0);
	assert_int_equal(scale_step(&pool, 4, 0, 0, &spare, NOW + SCALE_SPARE_NS - 1), 0);
	/* In the last moment all of them run a job. */
	assert_int_equal(scale_step(&pool, 4, 3, 0, &spare, NOW + SCALE_SPARE_NS - 1), 0);
	assert_int_equal(scale_step(&pool, 4, 1, 0, &spare, NOW + SCALE_SPARE_NS), 0);
	assert_int_equal(scale_step(&pool, 4, 1, 0, &spare, NOW + 2 * SCALE_SPARE_NS - 1), 0);
	assert_int_equal(scale_step(&pool, 4, 1, 0, &spare, NOW + 2 * SCALE_SPARE_NS), -2);
	/* Then it counts anew. */
	assert_int_equal(scale_step(&pool, 2, 0, 0, &spare, NOW + 2 * SCALE_SPARE_NS), 0);
	assert_int_equal(scale_step(&pool, 2, 0, 0, &spare, NOW + 3 * SCALE_SPARE_NS), -1);
	assert_int_equal(scale_step(&pool, 1, 0, 0, &spare, NOW + 4 * SCALE_SPARE_NS), 0);
	assert_int_equal(spare.since_ns, 0);
}

/* Between two looks one after the other was needed: what ends is what nobody needed at any time. */
static void ends_the_least_surplus(void **state)
{
	const struct pool pool = {.slots = 1, .max = 10, .warm = 1};
	struct scale_spare spare = {0};

	(void)state;
	assert_int_equal(scale_step(&pool, 10, 2, 0, &spare, NOW), 0);
	assert_int_equal(scale_step(&pool, 10, 8, 0, &spare, NOW + 1), 0);
	assert_int_equal(scale_step(&pool, 10, 1, 0, &spare, NOW + SCALE_SPARE_NS), -1);
}

/* Slot 1 is drained, slot 2 waits: it is the last that can take a job, and stays. */
static void a_drained_slot_is_no_spare_one(void **state)
{
	const struct pool pool = {.slots = 1, .max = 4, .warm = 1};
	struct scale_spare spare = {0};

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(scale_step(&pool, 1, 0, 1, &spare, NOW + i * SCALE_SPARE_NS), 0);
	/* All of them are: no other comes. */
	assert_int_equal(scale_step(&pool, 0, 0, 2, &spare, NOW), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wanted),
		cmocka_unit_test(grows_at_once),
		cmocka_unit_test(shrinks_after_a_while),
		cmocka_unit_test(ends_the_least_surplus),
		cmocka_unit_test(a_drained_slot_is_no_spare_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
