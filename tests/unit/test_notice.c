#include "common/notice.h"

#include "common/cleanup.h"
#include "common/visible.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int before, reader;

/* Standard error is a pipe of ours. */
static int redirect(void **state)
{
	int ends[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (before < 0 || pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0 || dup2(ends[1], STDERR_FILENO) < 0)
		return -1;
	close(ends[1]);
	reader = ends[0];
	return 0;
}

static int restore(void **state)
{
	(void)state;
	dup2(before, STDERR_FILENO);
	close(before);
	close_fd(&reader);
	return 0;
}

/* All that was written since the last time. */
static size_t heard(char *text, size_t size)
{
	const ssize_t n = read(reader, text, size - 1);

	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static void assert_heard(const char *expected)
{
	char text[2 * NOTICE_MAX];

	heard(text, sizeof text);
	assert_string_equal(text, expected);
}

static void one_line_that_does_nothing_to_a_terminal(void **state)
{
	(void)state;
	notice("program", "%s: %d", "file", 7);
	assert_heard("program: file: 7\n");
	notice("program", "%s", "a\nb\033[2J\x80\\x1b");
	assert_heard("program: a\\x0ab\\x1b[2J\\x80\\x5cx1b\n");
	notice("program", "%s", "");
	assert_heard("program: \n");
}

static void what_is_visible_is_not_escaped_twice(void **state)
{
	(void)state;
	notice_visible("program", "%s: \\x1b", "name");
	assert_heard("program: name: \\x1b\n");
	notice_visible("program", "%s", "\033");
	assert_heard("program: \\x1b\n");
}

static void who_wrote_a_line_is_named(void **state)
{
	static const char line[] = "said\0more\n";

	(void)state;
	notice_relayed("program", "helper", line, sizeof line - 1);
	assert_heard("program: helper: said\\x00more\\x0a\n");
	notice_relayed("program", "helper", line, 4);
	assert_heard("program: helper: said\n");
}

/* Also one whose every byte takes four, by a program with a long name. */
static void a_line_is_bounded_and_whole(void **state)
{
	static char letters[3 * NOTICE_MAX], controls[3 * NOTICE_MAX], name[400];
	static const char *const texts[] = {letters, controls};
	char text[2 * NOTICE_MAX];

	(void)state;
	memset(letters, 'a', sizeof letters - 1);
	memset(controls, '\033', sizeof controls - 1);
	memset(name, 'n', sizeof name - 1);
	for (size_t i = 0; i < 4; i++) {
		size_t len;

		if (i % 2 == 0)
			notice(name, "%s", texts[i / 2]);
		else
			notice_relayed(name, name, texts[i / 2], sizeof letters - 1);
		len = heard(text, sizeof text);
		assert_in_range(len, NOTICE_MAX / 2, NOTICE_MAX);
		assert_ptr_equal(strchr(text, '\n'), text + len - 1);
		assert_int_equal(strspn(text, "n"), i % 2 == 0 ? 120 : 80);
		/* notice() cuts the text before it is made visible; what was relayed says that it was cut. */
		if (i != 0)
			assert_memory_equal(text + len - 1 - strlen(VISIBLE_CUT), VISIBLE_CUT, strlen(VISIBLE_CUT));
	}
}

static void nobody_is_left_to_hear(void **state)
{
	(void)state;
	close_fd(&reader);
	assert_int_equal(notice_line(STDERR_FILENO, "line\n", 5), -1);
	assert_int_equal(errno, EPIPE);
	notice("program", "nor here");
}

/* The only test that waits: five seconds, once. */
static void who_does_not_read_misses_lines_until_he_does(void **state)
{
	char text[8192];

	(void)state;
	memset(text, 'x', sizeof text);
	while (write(STDERR_FILENO, text, sizeof text) > 0)
		;
	/* A write that waits would wait for ever. */
	assert_int_equal(fcntl(STDERR_FILENO, F_SETFL, 0), 0);
	alarm(60);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(notice_line(STDERR_FILENO, "missed\n", 7), -1);
		assert_int_equal(errno, EAGAIN);
	}
	while (heard(text, sizeof text) > 0)
		assert_null(strstr(text, "missed"));
	assert_int_equal(notice_line(STDERR_FILENO, "heard\n", 6), 0);
	assert_heard("heard\n");
	alarm(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_line_that_does_nothing_to_a_terminal, redirect, restore),
		cmocka_unit_test_setup_teardown(what_is_visible_is_not_escaped_twice, redirect, restore),
		cmocka_unit_test_setup_teardown(who_wrote_a_line_is_named, redirect, restore),
		cmocka_unit_test_setup_teardown(a_line_is_bounded_and_whole, redirect, restore),
		cmocka_unit_test_setup_teardown(nobody_is_left_to_hear, redirect, restore),
		cmocka_unit_test_setup_teardown(who_does_not_read_misses_lines_until_he_does, redirect, restore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
