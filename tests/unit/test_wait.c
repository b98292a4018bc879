/* Waiting that ends: with what was waited for, with its limit, with a signal. */
#include "sandbox/process/wait.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
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
	assert_int_equal(wait_unless_ended(ends[0], POLLIN, INT64_MAX, &err), 0);
	assert_int_equal(wait_unless_ended(ends[0], POLLIN, 60000000000, &err), 0);
}

static void the_limit_is_an_error(void **state)
{
	struct error err = {.errnum = 0};

	(void)state;
	assert_int_equal(wait_unless_ended(ends[0], POLLIN, 1, &err), -1);
	assert_int_equal(err.errnum, ETIMEDOUT);
}

static void a_signal_ends_it_and_stays_pending(void **state)
{
	const struct timespec now = {0};
	struct error err = {.errnum = 0};
	sigset_t wanted;

	(void)state;
	assert_int_equal(raise(SIGTERM), 0);
	assert_int_equal(wait_unless_ended(ends[0], POLLIN, INT64_MAX, &err), SIGTERM);
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
	assert_int_equal(wait_unless_ended(ends[0], POLLIN, 1, &err), -1);
	assert_int_equal(err.errnum, ETIMEDOUT);
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGUSR1);
	assert_int_equal(sigtimedwait(&wanted, NULL, &now), SIGUSR1);
}

/* Says nothing until it is killed, or only `word`. */
static pid_t child_saying(const char *word)
{
	const pid_t pid = fork();

	if (pid == 0) {
		close(ends[0]);
		if (write(ends[1], word, strlen(word)) < 0)
			_exit(1);
		while (word[0] == '\0')
			pause();
		_exit(0);
	}
	close(ends[1]);
	ends[1] = -1;
	return pid;
}

static void a_word_is_heard(void **state)
{
	char word[4];
	struct error err;

	(void)state;
	assert_int_equal(wait_for_word(child_saying("word"), ends[0], word, 4, INT64_MAX, 0, &err), 0);
	assert_memory_equal(word, "word", 4);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void without_a_word_the_child_is_ended(void **state)
{
	static const struct {
		const char *word, *text;
		int64_t limit_ns;
		int sig;
	} rows[] = {
		{"", "not done in time", 1, 0},
		{"", "SIGTERM came", INT64_MAX, SIGTERM},
		{"wor", "the process has ended", INT64_MAX, 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct error err = {.errnum = 0};
		char word[4];

		if (i > 0)
			assert_int_equal(make_pipe(state), 0);
		if (rows[i].sig != 0)
			assert_int_equal(raise(rows[i].sig), 0);
		assert_int_equal(
			wait_for_word(child_saying(rows[i].word), ends[0], word, 4, rows[i].limit_ns, 1, &err), -1);
		assert_string_equal(err.text, rows[i].text);
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
		if (rows[i].sig != 0)
			assert_int_equal(signal(rows[i].sig, SIG_IGN) == SIG_ERR, 0); /* no longer pending */
		close(ends[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_there_comes_first, make_pipe, close_pipe),
		cmocka_unit_test_setup_teardown(the_limit_is_an_error, make_pipe, close_pipe),
		cmocka_unit_test_setup_teardown(a_signal_ends_it_and_stays_pending, make_pipe, close_pipe),
		cmocka_unit_test_setup_teardown(other_signals_do_not, make_pipe, close_pipe),
		cmocka_unit_test_setup_teardown(a_word_is_heard, make_pipe, close_pipe),
		cmocka_unit_test_setup(without_a_word_the_child_is_ended, make_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
