#include "runner/lines.h"

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

static void note(void *context, const char *line)
{
	struct seen *seen = context;

	seen->n++;
	seen->last_len = strlen(line);
	if (seen->last_len < 32) {
		size_t used = strlen(seen->text);

		snprintf(seen->text + used, sizeof seen->text - used, "[%s]", line);
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

static void hostile_bytes(void **state)
{
	struct lines lines = {0};
	struct seen seen = {0};

	(void)state;
	feed(&lines, &seen, "a\x1b[31mb\x7f\tc\x01 \xc3\xa4\x1f\n");
	lines_feed(&lines, "x\0y\n", 4, note, &seen);
	assert_string_equal(seen.text, "[a?[31mb?\tc? \xc3\xa4?][x?y]");
}

static void long_lines(void **state)
{
	static char data[3 * LINE_MAX_BYTES];
	struct lines lines = {0};
	struct seen seen = {0};

	(void)state;
	memset(data, 'x', sizeof data);
	lines_feed(&lines, data, sizeof data, note, &seen);
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.last_len, LINE_MAX_BYTES - 1);
	feed(&lines, &seen, "\n");
	assert_int_equal(seen.n, 4);
	assert_int_equal(seen.last_len, 3); /* 3 * 8192 - 3 * 8191 */
	feed(&lines, &seen, "next\n");
	assert_string_equal(seen.text, "[xxx][next]");
}

static void note_start(void *context, const char *line)
{
	struct lines *lines = context;

	(void)line;
	assert_int_equal(lines->continues, line[0] != 's');
}

/* Only what begins a line counts as its beginning, and one that just fits is one. */
static void continuations(void **state)
{
	static char data[3 * LINE_MAX_BYTES];
	struct lines lines = {0};
	struct seen seen = {0};

	(void)state;
	memset(data, 'x', sizeof data);
	data[0] = 's';
	lines_feed(&lines, data, sizeof data, note_start, &lines);
	lines_feed(&lines, "\nsecond\n", 8, note_start, &lines);
	lines_feed(&lines, data, LINE_MAX_BYTES - 1, note, &seen);
	feed(&lines, &seen, "\n");
	assert_int_equal(seen.n, 1);
	feed(&lines, &seen, "\nnext\n");
	assert_string_equal(seen.text, "[][next]");
	lines_feed(&lines, "s\n", 2, note_start, &lines);
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
		cmocka_unit_test(continuations),
		cmocka_unit_test(from_a_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
