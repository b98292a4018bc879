#include "runner/slot/listener_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define STAMP "2026-11-29 08:15:00Z: "

static void shown(const char *line, const char *as)
{
	char to[NOTICE_MAX];
	size_t len = listener_line_show(to, line, strlen(line), false);

	assert_int_equal(len, strlen(as));
	assert_memory_equal(to, as, len);
}

static void marked(void **state)
{
	(void)state;
	shown(STAMP "Running job: build", STAMP "Running job: build\n");
	shown(STAMP "Running job: \x1b]0;x\a", STAMP "Running job: \\x1b]0;x\\x07\n");
	shown("", "\n");
	shown("√ Connected to GitHub", "Listener: √ Connected to GitHub\n");
	shown("cofferdam-runner: slot 1: job 1: succeeded", "Listener: cofferdam-runner: slot 1: job 1: succeeded\n");
	shown("2026-11-29 08:15:00Z:", "Listener: 2026-11-29 08:15:00Z:\n");
	shown(" " STAMP, "Listener:  " STAMP "\n");
	shown("2026-11-2x 08:15:00Z: x", "Listener: 2026-11-2x 08:15:00Z: x\n");
}

static bool deleted(const char *line)
{
	return listener_line_deleted(line, strlen(line));
}

static void end_of_a_registration(void **state)
{
	(void)state;
	assert_true(deleted("The runner registration has been deleted from the server, please re-configure."));
	assert_true(deleted("The runner registration has been deleted from the server"));
	assert_false(deleted("The runner registration has been deleted from the serve"));
	assert_false(deleted("x: The runner registration has been deleted from the server"));
	assert_false(deleted(""));
}

/* Each line, and whether it is part of a name. */
static void names(void **state)
{
	static const struct {
		const char *line;
		bool of_name, begins; /* begins: the Worker has begun after it */
	} rows[] = {
		{"√ Connected to GitHub", false, false},
		{STAMP "Listening for Jobs", false, false},
		{STAMP "Running job: build", false, true},
		{STAMP "Job build completed with result: Succeeded", false, false},
		{STAMP "Running job: x completed with result: Failed", false, false},
		{STAMP "Listening for Jobs", true, false},
		{STAMP "Running job: y", true, false},
		{STAMP "Job y", true, true},
		{STAMP "Runner connect error: x", false, false},
		{STAMP "Job x completed with result: Failed", false, false},
		{STAMP "Listening for Jobs", true, false},
		{STAMP "Running job: y", true, false},
		{STAMP "Job y completed with result: Succeeded", true, false},
		{STAMP "Running job: build", false, true},
		{STAMP "Job build completed with result: Succeeded", false, false},
		{STAMP "Job build completed with result: Succeeded", false, false},
		{STAMP "Listening for Jobs", false, false},
	};
	struct listener_lines lines = {0};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (listener_lines_of_name(&lines, rows[i].line, strlen(rows[i].line), 0) != rows[i].of_name)
			fail_msg("row %zu: %s", i, rows[i].line);
		if (rows[i].begins)
			listener_lines_worker(&lines);
	}
}

/* A Worker that never begins: the Listener's lines are its own again. */
static void name_without_worker(void **state)
{
#define OF_NAME(text, ns) listener_lines_of_name(&lines, text, strlen(text), ns)
	struct listener_lines lines = {0};

	(void)state;
	assert_false(OF_NAME(STAMP "Running job: a", 1));
	assert_true(OF_NAME("b", 2));
	assert_true(OF_NAME(STAMP "Listening for Jobs", LISTENER_NAME_LIMIT_NS + 1));
	assert_false(OF_NAME(STAMP "Job a", LISTENER_NAME_LIMIT_NS + 2));
	assert_false(OF_NAME(STAMP "Listening for Jobs", LISTENER_NAME_LIMIT_NS + 3));
}

static void marked_as_name(void **state)
{
	char to[NOTICE_MAX];
	size_t len = listener_line_show(to, STAMP "x\\x0a", sizeof STAMP "x\\x0a" - 1, true);

	(void)state;
	assert_int_equal(len, strlen("Listener: \\x0a" STAMP "x\\x5cx0a\n"));
	assert_memory_equal(to, "Listener: \\x0a" STAMP "x\\x5cx0a\n", len);
}

static void bounded(void **state)
{
	static char line[3 * NOTICE_MAX];
	char to[NOTICE_MAX];

	(void)state;
	memset(line, '\x1b', sizeof line);
	for (size_t len = 0; len < sizeof line; len += 97) {
		size_t n = listener_line_show(to, line, len, len % 2 == 0);

		assert_true(n > 0 && n <= sizeof to);
		assert_ptr_equal(memchr(to, '\n', n), to + n - 1);
	}
}

static void listens(void **state)
{
	(void)state;
#define LISTENS(text) listener_line_listens(text, strlen(text))
	assert_true(LISTENS(STAMP "Listening for Jobs"));
	assert_false(LISTENS("Listening for Jobs"));
	assert_false(LISTENS(STAMP "Listening for"));
	assert_false(LISTENS(STAMP "Running job: Listening for Jobs"));
	assert_false(LISTENS(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marked),
		cmocka_unit_test(end_of_a_registration),
		cmocka_unit_test(names),
		cmocka_unit_test(name_without_worker),
		cmocka_unit_test(marked_as_name),
		cmocka_unit_test(bounded),
		cmocka_unit_test(listens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
