#include "runner/common/log_json.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void lines(void **state)
{
	static const struct {
		struct log_fields fields;
		const char *text, *line;
	} cases[] = {
		{{0, "info", 0, NULL, NULL}, "well",
			"{\"time\": \"1970-01-01T00:00:00Z\", \"level\": \"info\", \"message\": \"well\"}\n"},
		{{1796161591, "error", 3, "3-abc", "Listener"}, "a \"b\" \\ c\n\033[31m\xff",
			"{\"time\": \"2026-12-01T21:46:31Z\", \"level\": \"error\", \"slot\": 3, \"job\": \"3-abc\", \"from\": "
			"\"Listener\", \"message\": \"a \\\"b\\\" \\\\ c\\\\x0a\\\\x1b[31m\\\\xff\"}\n"},
		{{0, "info", 0, NULL, NULL}, "\xc3\xbc",
			"{\"time\": \"1970-01-01T00:00:00Z\", \"level\": \"info\", \"message\": \"\xc3\xbc\"}\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char to[4096];

		assert_int_equal(log_json_line(to, sizeof to, &cases[i].fields, cases[i].text, strlen(cases[i].text),
					 VISIBLE_TEXT),
			strlen(cases[i].line));
		assert_string_equal(to, cases[i].line);
	}
}

/* Whatever it is, it is one line, an object, and fits. */
static void bounded(void **state)
{
	static const struct log_fields fields = {0, "info", 64, "64-abcdefgh", "Listener"};
	const size_t len = 100000;
	char *text = malloc(len);

	(void)state;
	if (text == NULL) {
		fail();
		return;
	}
	for (int fill = 0; fill < 256; fill++) {
		char to[4096];
		size_t n;
		json_t *parsed;

		memset(text, fill, len);
		n = log_json_line(to, sizeof to, &fields, text, len, VISIBLE_TEXT);
		assert_true(n < sizeof to);
		assert_ptr_equal(memchr(to, '\n', n), to + n - 1);
		parsed = json_loadb(to, n, 0, NULL);
		assert_true(json_is_object(parsed));
		json_decref(parsed);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(lines), cmocka_unit_test(bounded)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
