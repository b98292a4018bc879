#include "sandbox/process/program.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define S INT64_C(1000000000)

/* Runs a shell script; what it said goes to `said`. */
static int script(const char *text, int64_t limit_ns, char *said, size_t size, struct error *err)
{
	char shell[] = "/bin/sh", c[] = "-c", *copy = strdup(text), *argv[] = {shell, c, copy, NULL};
	struct program program;
	int status = -2;

	if (program_start(&program, argv, err) == 0)
		status = program_finish(&program, limit_ns, said, size, err);
	free(copy);
	return status;
}

static void found_only_where_it_should_be(void **state)
{
	char *path = program_find("sh");

	(void)state;
	assert_string_equal(path, "/usr/bin/sh");
	free(path);
	assert_null(program_find("no-such-program"));
	assert_int_equal(setenv("PATH", "/proc/self", 1), 0);
	assert_null(program_find("exe"));
}

static void status_and_both_outputs(void **state)
{
	struct error err;
	char said[64];

	(void)state;
	assert_int_equal(script("echo one; echo two >&2; exit 3", 10 * S, said, sizeof said, &err), 3);
	assert_string_equal(said, "one\ntwo\n");
	assert_int_equal(script(":", 10 * S, said, sizeof said, &err), 0);
	assert_string_equal(said, "");
}

/* A signal for the caller's process group, from a terminal or timeout(1), does not end what works for the caller. */
static void in_a_session_of_its_own(void **state)
{
	static const char text[] = "read -r pid _ _ _ group session _ </proc/self/stat\n"
				   "echo $((pid - session)) $((pid - group))";
	struct error err;
	char said[64];

	(void)state;
	assert_int_equal(script(text, 10 * S, said, sizeof said, &err), 0);
	assert_string_equal(said, "0 0\n");
}

/* More than a pipe holds: it is not left waiting, and what is kept is the beginning. */
static void long_output(void **state)
{
	struct error err;
	char said[8];

	(void)state;
	assert_int_equal(
		script("i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; i=$((i + 1)); done",
			60 * S, said, sizeof said, &err),
		0);
	assert_string_equal(said, "0123456");
}

static void clean_surroundings(void **state)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 97);
	char said[256];
	struct error err;
	sigset_t all, before;

	(void)state;
	assert_int_equal(fd, 97);
	setenv("SECRET", "x", 1);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	signal(SIGTERM, SIG_IGN);
	/* The C library ignores its own two signals, 32 and 33, in what it starts. */
	assert_int_equal(
		script("echo ${SECRET-none}; read -r x || echo empty; [ -e /proc/self/fd/97 ] || echo closed; grep -c -e '^SigBlk:.0*$' -e '^SigIgn:.0*1*8*0*$' /proc/self/status",
			10 * S, said, sizeof said, &err),
		0);
	signal(SIGTERM, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(fd);
	assert_string_equal(said, "none\nempty\nclosed\n2\n");
}

static void late(void **state)
{
	struct error err;
	char said[64];

	(void)state;
	assert_int_equal(script("echo first; exec sleep 1000", S / 10, said, sizeof said, &err), -1);
	assert_int_equal(err.errnum, ETIMEDOUT);
}

/* It has ended, but somebody it left behind holds the pipe. */
static void a_child_left_behind(void **state)
{
	struct error err;
	char said[64], *end;
	pid_t left;

	(void)state;
	assert_int_equal(script("sleep 1000 & echo $!", 60 * S, said, sizeof said, &err), 0);
	left = (pid_t)strtol(said, &end, 10);
	assert_true(left > 1 && *end == '\n');
	kill(left, SIGKILL);
}

static void killed_or_not_there(void **state)
{
	char nowhere[] = "/nonexistent/program", *argv[] = {nowhere, NULL}, said[64];
	struct program program;
	struct error err;

	(void)state;
	assert_int_equal(script("kill -KILL $$", 10 * S, said, sizeof said, &err), -1);
	assert_string_equal(err.text, "sh: killed by signal 9");
	assert_int_equal(program_start(&program, argv, &err), -1);
	assert_int_equal(err.errnum, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_only_where_it_should_be),
		cmocka_unit_test(status_and_both_outputs),
		cmocka_unit_test(in_a_session_of_its_own),
		cmocka_unit_test(long_output),
		cmocka_unit_test(clean_surroundings),
		cmocka_unit_test(late),
		cmocka_unit_test(a_child_left_behind),
		cmocka_unit_test(killed_or_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
