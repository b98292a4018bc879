#include "runner/distribution/daily.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NOW ((time_t)1800000000)

static void left(void **state)
{
	static const struct {
		time_t checked;
		int64_t left_s;
	} rows[] = {
		{0, 0},
		{1, 0},
		{NOW - 86401, 0},
		{NOW - 86400, 0},
		{NOW - 86399, 1},
		{NOW - 1, 86399},
		{NOW, 86400},
		/* The clock was set back: not later than if it had been now. */
		{NOW + 1, 86400},
		{NOW + 10000000, 86400},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_true(daily_left_s(rows[i].checked, NOW) == rows[i].left_s);
}

/* Whose store it is not, or whose credential GitHub shows no list, is left alone. */
static void applies(void **state)
{
	static const struct {
		bool is_fetched, has_url;
		enum credential credential;
		bool applies;
	} rows[] = {
		{true, true, CREDENTIAL_ACCESS_TOKEN, true},
		{true, true, CREDENTIAL_APP, true},
		{false, true, CREDENTIAL_ACCESS_TOKEN, false},
		{true, true, CREDENTIAL_TOKEN, false},
		{true, false, CREDENTIAL_JIT, false},
		{true, true, CREDENTIAL_JIT, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct supervisor supervisor = {.config = {.runner_dir_is_fetched = rows[i].is_fetched,
							.has_url = rows[i].has_url,
							.credential = rows[i].credential,
							.state_dir = (char *)"/proc/none"},
			.dist.dir = (char *)"/d/1"};
		struct daily daily;

		daily_begin(&daily, &supervisor);
		assert_int_equal(daily.applies, rows[i].applies);
		assert_int_equal(daily.fetcher, 0);
		assert_int_equal(daily_hurry(&daily), rows[i].applies);
		if (!rows[i].applies)
			assert_true(daily_serve(&daily) == -1);
		daily_finish(&daily);
	}
}

/* Once for each version that GitHub refuses. */
static void hurries(void **state)
{
	struct supervisor supervisor = {.dist.dir = (char *)"/d/1"};
	struct daily daily = {.supervisor = &supervisor, .applies = true, .checked = NOW};

	(void)state;
	assert_true(daily_hurry(&daily));
	assert_int_equal(daily.checked, 0);
	assert_true(daily_hurry(&daily)); /* another slot, before the look */
	daily.checked = NOW;
	assert_false(daily_hurry(&daily));
	supervisor.dist.dir = (char *)"/d/2";
	assert_true(daily_hurry(&daily));
	daily.checked = NOW;
	assert_false(daily_hurry(&daily));
	daily_finish(&daily);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(left), cmocka_unit_test(applies), cmocka_unit_test(hurries)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
