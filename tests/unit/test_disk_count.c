#include "sandbox/disk/count.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void limits(void **state)
{
	const struct room none = {0}, base = {.bytes = 5 << 20, .files = 7};
	const struct room limit = disk_limit(100 << 20, &base);

	(void)state;
	assert_int_equal(disk_limit(100 << 20, &none).bytes, 100 << 20);
	assert_int_equal(limit.bytes, 105 << 20);
	assert_int_equal(limit.files, plan_scratch_inodes(100 << 20) + 7);
	assert_false(disk_is_over(&limit, &(struct usage){.bytes = 105 << 20}));
	assert_true(disk_is_over(&limit, &(struct usage){.bytes = (105 << 20) + 1}));
	assert_false(disk_is_over(&limit, &(struct usage){.files = limit.files}));
	assert_true(disk_is_over(&limit, &(struct usage){.files = limit.files + 1}));
	assert_true(disk_is_over(&limit, &(struct usage){.uncounted = UNCOUNTED_ITEMS}));
	assert_false(disk_is_over(&limit, &(struct usage){.hidden = true}));
}

/* What is missing is what was there together, less what was counted and the room beside it. */
static void lost(void **state)
{
	const struct room whole = {.bytes = 1000, .files = 1000}, limit = {.bytes = 100, .files = 100};
	static const struct {
		struct usage now;
		bool lost;
	} rows[] = {
		{{.bytes = 60, .files = 1, .room = {.bytes = 940, .files = 999}}, false},
		{{.bytes = 60, .files = 1, .room = {.bytes = 900, .files = 999}}, false}, /* all that is left */
		{{.bytes = 60, .files = 1, .room = {.bytes = 899, .files = 999}}, true},
		{{.bytes = 60, .files = 1, .room = {.bytes = 2000, .files = 999}}, false},
		{{.bytes = 0, .files = 40, .room = {.bytes = 1000, .files = 900}}, false},
		{{.bytes = 0, .files = 40, .room = {.bytes = 1000, .files = 899}}, true},
		{{.bytes = 0, .files = 40, .room = {.bytes = 1000, .files = 0}}, false}, /* btrfs has no such number */
		{{.bytes = 0, .files = 0, .room = {.bytes = 0, .files = 0}}, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (disk_is_lost(&whole, &limit, &rows[i].now) != rows[i].lost)
			fail_msg("row %zu", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(limits), cmocka_unit_test(lost)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
