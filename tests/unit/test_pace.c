#include "runner/github/pace.h"

#include "common/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NOW (1000 * NS_PER_S)

static unsigned taken_at_once(struct pace *pace, int64_t cost_ns, int64_t now_ns)
{
	unsigned n = 0;

	while (n < 100000 && pace_take(pace, cost_ns, now_ns) == 0)
		n++;
	return n;
}

/* What one minute takes at most, with what comes at once at its beginning. */
static void bounds(void **state)
{
	static const struct {
		int64_t cost_ns;
		unsigned points, most_a_minute;
	} rows[] = {
		{PACE_READ_NS, 1, 900}, {PACE_CHANGE_NS, 5, 900}, {PACE_CREATE_NS, 5, 900}, {PACE_CREATE_NS, 1, 80}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct pace pace = {0};
		unsigned n = 0;

		for (int64_t now = NOW; now < NOW + 60 * NS_PER_S; now += NS_PER_S / 100)
			n += taken_at_once(&pace, rows[i].cost_ns, now);
		assert_true(n > 0 && n * rows[i].points <= rows[i].most_a_minute);
	}
}

static void spread(void **state)
{
	struct pace pace = {0};
	const unsigned burst = (unsigned)(PACE_BURST_NS / PACE_CREATE_NS) + 1;
	int64_t wait;

	(void)state;
	assert_int_equal(taken_at_once(&pace, PACE_CREATE_NS, NOW), burst);
	wait = pace_take(&pace, PACE_CREATE_NS, NOW);
	assert_true(wait > 0 && wait <= PACE_CREATE_NS);
	assert_int_equal(pace_take(&pace, PACE_CREATE_NS, NOW + wait), 0);
	assert_true(pace_take(&pace, PACE_CREATE_NS, NOW + wait) > 0);
	/* After a quiet time the next come at once again. */
	assert_int_equal(taken_at_once(&pace, PACE_CREATE_NS, NOW + 100 * NS_PER_S), burst);
}

static void held(void **state)
{
	struct pace pace = {0};
	const int64_t end = NOW + 60 * NS_PER_S;

	(void)state;
	assert_int_equal(pace_held_ns(&pace, NOW), 0);
	pace_hold(&pace, 60 * NS_PER_S, NOW);
	pace_hold(&pace, 10 * NS_PER_S, NOW); /* a shorter one changes nothing */
	assert_true(pace_held_ns(&pace, NOW) == 60 * NS_PER_S);
	assert_true(pace_take(&pace, PACE_READ_NS, NOW + NS_PER_S) == 59 * NS_PER_S);
	/* Then one by one, not all that have waited at once. */
	assert_int_equal(taken_at_once(&pace, PACE_CHANGE_NS, end), 1);
	assert_int_equal(taken_at_once(&pace, PACE_CHANGE_NS, end + PACE_CHANGE_NS), 1);
}

static void any_time(void **state)
{
	struct pace pace = {0};

	(void)state;
	pace_hold(&pace, INT64_MAX, NOW);
	assert_true(pace_held_ns(&pace, NOW) > 0);
	assert_true(pace_take(&pace, PACE_CREATE_NS, NOW) > 0);
}

static void strikes(void **state)
{
	struct pace pace = {0};

	(void)state;
	assert_int_equal(pace_strike(&pace, NOW, NOW + 2), 0);
	/* Under way at the same time as the first: no more of a sign than that one. */
	assert_int_equal(pace_strike(&pace, NOW + 1, NOW + 3), 0);
	assert_int_equal(pace_strike(&pace, NOW + 10, NOW + 11), 1);
	assert_int_equal(pace_strike(&pace, NOW + 20, NOW + 21), 2);
	pace_well(&pace, NOW + 15); /* sent before that */
	assert_int_equal(pace_strike(&pace, NOW + 30, NOW + 31), 3);
	pace_well(&pace, NOW + 40);
	assert_int_equal(pace_strike(&pace, NOW + 50, NOW + 51), 0);
}

/* What one process is told holds for another; without pace_share() it does not. */
static void across_processes(void **state)
{
	struct error err;

	(void)state;
	for (int is_shared = 0; is_shared < 2; is_shared++) {
		pid_t child;
		int status;

		if (is_shared)
			assert_int_equal(pace_share(&err), 0);
		child = fork();
		if (child == 0) {
			pace_hold(pace_shared(), 60 * NS_PER_S, NOW);
			_exit(0);
		}
		assert_true(child > 0 && waitpid(child, &status, 0) == child && status == 0);
		assert_true((pace_take(pace_shared(), PACE_READ_NS, NOW) > 0) == is_shared);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds),
		cmocka_unit_test(spread),
		cmocka_unit_test(held),
		cmocka_unit_test(any_time),
		cmocka_unit_test(strikes),
		cmocka_unit_test(across_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
