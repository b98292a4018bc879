/* Waiting that ends: with what was waited for, with its limit, with a signal. */
#include "sandbox/wait.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int ends[2];

static int make_pipe(void **state)
{
	sigset_t all;

	(void)state;
	sigfillset(&all);
	return sigprocmask(SIG_BLOCK, &all, NULL) == 0 ? pipe(ends) : -1;
}

static int close_pipe(void **state)
{
	sigset_t all;

	(void)state;
	sigfillset(&all);
	close(ends[0]);
	close(ends[1]);
	return sigprocmask(SIG_UNBLOCK, &all, NULL);
}

static void what_is_there_comes_first(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(wait_unless_ended(ends[0], INT64_MAX, &err), 0);
	assert_int_equal(wait_unless_ended(ends[0], 60000000000, &err), 0);
}

static void the_limit_is_an_error(void **state)
{
	struct error err = {.errnum = 0};

	(void)state;
	assert_int_equal(wait_unless_ended(ends[0], 1, &err), -1);
	assert_int_equal(err.errnum, ETIMEDOUT);
}

static void a_signal_ends_it_and_stays_pending(void **state)
{
	const struct timespec now = {0};
	struct error err = {.errnum = 0};
	sigset_t wanted;

	(void)state;
	assert_int_equal(raise(SIGTERM), 0);
	assert_int_equal(wait_unless_ended(ends[0], INT64_MAX, &err), SIGTERM);
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGTERM);
	assert_int_equal(sigtimedwait(&wanted, NULL, &now), SIGTERM);
}

static void other_signals_do_not(void **state)
{
	const struct timespec now = {0};
	struct error err = {.errnum = 0};
	sigset_t wanted;

	(void)state;
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(wait_unless_ended(ends[0], 1, &err), -1);
	assert_int_equal(err.errnum, ETIMEDOUT);
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGUSR1);
	assert_int_equal(sigtimedwait(&wanted, NULL, &now), SIGUSR1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_there_comes_first, make_pipe, close_pipe),
		cmocka_unit_test_setup_teardown(the_limit_is_an_error, make_pipe, close_pipe),
		cmocka_unit_test_setup_teardown(a_signal_ends_it_and_stays_pending, make_pipe, close_pipe),
		cmocka_unit_test_setup_teardown(other_signals_do_not, make_pipe, close_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
