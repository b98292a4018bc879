#include "runner/control/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NAME32 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void a_line_is_one_request_or_none(void **state)
{
	static const struct {
		const char *line, *target;
		int verb; /* -1: no request */
		int64_t deadline_ns;
	} rows[] = {
		{"drain - -", "", CONTROL_DRAIN, -1},
		{"drain 12 -", "12", CONTROL_DRAIN, -1},
		{"drain big.1_x-y 0", "big.1_x-y", CONTROL_DRAIN, 0},
		{"drain " NAME32 " 999999999999", NAME32, CONTROL_DRAIN, INT64_C(999999999999000000)},
		{"stop", "", CONTROL_STOP, -1},
		{"reload", "", CONTROL_RELOAD, -1},
		{"", "", -1, 0},
		{" ", "", -1, 0},
		{"drain", "", -1, 0},
		{"drain -", "", -1, 0},
		{"drain  -", "", -1, 0},
		{"drain - - -", "", -1, 0},
		{"drain - - ", "", -1, 0},
		{" drain - -", "", -1, 0},
		{"drain -a -", "", -1, 0},
		{"drain a/b -", "", -1, 0},
		{"drain " NAME32 "a -", "", -1, 0},
		{"drain a -1", "", -1, 0},
		{"drain a 1s", "", -1, 0},
		{"drain a 1000000000000", "", -1, 0},
		{"stop now", "", -1, 0},
		{"reload x", "", -1, 0},
		{"Stop", "", -1, 0},
		{"stop\r", "", -1, 0},
		{"kill", "", -1, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[CONTROL_LINE_MAX], expected[CONTROL_LINE_MAX];
		struct control_request request;
		struct error err = {0};
		const int parsed = control_request_parse(&request, rows[i].line, strlen(rows[i].line), &err);

		assert_int_equal(parsed, rows[i].verb < 0 ? -1 : 0);
		if (parsed < 0) {
			assert_memory_equal(err.text, "request: ", 9);
			continue;
		}
		assert_int_equal(request.verb, rows[i].verb);
		assert_string_equal(request.target, rows[i].target);
		assert_int_equal(request.deadline_ns, rows[i].deadline_ns);
		control_request_format(&request, text);
		snprintf(expected, sizeof expected, "%s\n", rows[i].line);
		assert_string_equal(text, expected);
	}
}

static void bytes_that_are_no_text_are_no_request(void **state)
{
	char longest[CONTROL_LINE_MAX + 1];
	struct control_request request;
	struct error err;

	(void)state;
	assert_int_equal(control_request_parse(&request, "stop\0", 5, &err), -1);
	memset(longest, 'a', sizeof longest);
	assert_int_equal(control_request_parse(&request, longest, sizeof longest, &err), -1);
	assert_int_equal(control_request_parse(&request, longest, CONTROL_LINE_MAX - 1, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_one_request_or_none),
		cmocka_unit_test(bytes_that_are_no_text_are_no_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
