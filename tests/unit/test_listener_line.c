#include "runner/listener_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define STAMP "2026-11-29 08:15:00Z: "

static void shown(const char *line, const char *as)
{
	char to[NOTICE_MAX];
	size_t len = listener_line_show(to, line, strlen(line));

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

static void bounded(void **state)
{
	static char line[3 * NOTICE_MAX];
	char to[NOTICE_MAX];

	(void)state;
	memset(line, '\x1b', sizeof line);
	for (size_t len = 0; len < sizeof line; len += 97) {
		size_t n = listener_line_show(to, line, len);

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
		cmocka_unit_test(bounded),
		cmocka_unit_test(listens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
