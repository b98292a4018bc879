#include "runner/common/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* The lines so far, each in brackets; of a long one its length. */
struct seen {
	size_t n;
	size_t last_len;
	char text[256];
};

static void note(void *context, const char *line, size_t len)
{
	struct seen *seen = context;

	seen->n++;
	seen->last_len = len;
	if (len < 32) {
		size_t used = strlen(seen->text);

		snprintf(seen->text + used, sizeof seen->text - used, "[%.*s]", (int)len, line);
	}
}

static void feed(struct lines *lines, struct seen *seen, const char *data)
{
	lines_feed(lines, data, strlen(data), note, seen);
}

static void cut(void **state)
{
	struct lines lines = {0};
	struct seen seen = {0};

	(void)state;
	feed(&lines, &seen, "one\ntwo\r\n\nthr");
	assert_string_equal(seen.text, "[one][two][]");
	feed(&lines, &seen, "ee");
	assert_string_equal(seen.text, "[one][two][]");
	feed(&lines, &seen, "");
	feed(&lines, &seen, "\n");
	assert_string_equal(seen.text, "[one][two][][three]");
}

/* They are shown elsewhere: here they are no end of a line. */
static void hostile_bytes(void **state)
{
	struct lines lines = {0};
	struct seen seen = {0};

	(void)state;
	feed(&lines, &seen, "a\rb\x1b\x85\xe2\x80\xa8\x0b\x0c\r\r\n");
	assert_string_equal(seen.text, "[a\rb\x1b\x85\xe2\x80\xa8\x0b\x0c\r]");
	lines_feed(&lines, "x\0y\n", 4, note, &seen);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.last_len, 3);
}

/* However long a line is, and in however many pieces it comes: it is one. */
static void long_lines(void **state)
{
	static char data[3 * LINE_MAX_BYTES];
	struct lines lines = {0};
	struct seen seen = {0};

	(void)state;
	memset(data, 'x', sizeof data);
	for (size_t len = LINE_MAX_BYTES - 1; len <= LINE_MAX_BYTES + 1; len++) {
		lines_feed(&lines, data, len, note, &seen);
		feed(&lines, &seen, "\nnext\n");
		assert_string_equal(seen.text, "[next]");
		assert_int_equal(seen.n, 2);
		memset(&seen, 0, sizeof seen);
	}
	for (int i = 0; i < 100; i++)
		lines_feed(&lines, data, sizeof data, note, &seen);
	assert_int_equal(seen.n, 0);
	feed(&lines, &seen, "\n");
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.last_len, LINE_MAX_BYTES);
}

static void from_a_pipe(void **state)
{
	struct lines lines = {0};
	struct seen seen = {0};
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "one\ntw", 6), 6);
	assert_int_equal(lines_read(&lines, ends[0], note, &seen), 6);
	assert_string_equal(seen.text, "[one]");
	assert_int_equal(write(ends[1], "o\nrest", 6), 6);
	close(ends[1]);
	assert_int_equal(lines_read(&lines, ends[0], note, &seen), 6);
	assert_string_equal(seen.text, "[one][two]");
	/* what is left at the end is a line, once */
	assert_int_equal(lines_read(&lines, ends[0], note, &seen), 0);
	assert_string_equal(seen.text, "[one][two][rest]");
	assert_int_equal(lines_read(&lines, ends[0], note, &seen), 0);
	assert_int_equal(seen.n, 3);
	close(ends[0]);
	assert_true(lines_read(&lines, -1, note, &seen) < 0);
	assert_int_equal(seen.n, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut),
		cmocka_unit_test(hostile_bytes),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(from_a_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
