#include "cli/runner/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void cells(void **state)
{
	static const struct {
		const char *text;
		int width;
		const char *cell;
		int used;
	} cases[] = {
		{"build", 5, "build", 5},
		{"build", 4, "bui~", 4},
		{"", 4, "", 0},
		{"\xc3\xbc\xc3\xbc\xc3\xbc", 3, "\xc3\xbc\xc3\xbc\xc3\xbc", 3},
		{"\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 4, "\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 4},
		{"\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 3, "\xf0\x9f\x98\x80~", 3},
		{"\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 2, "~", 1},
		{"a\033[31m", 20, "a\\x1b[31m", 9},
		{"a\nb", 20, "a\\x0ab", 6},
		{"\xff", 20, "\\xff", 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char to[64];

		assert_int_equal(table_cell(to, sizeof to, cases[i].text, cases[i].width), cases[i].used);
		assert_string_equal(to, cases[i].cell);
	}
}

static void short_forms(void **state)
{
	char to[TABLE_NUMBER_SIZE];

	(void)state;
	assert_string_equal(table_duration(to, -1), "0s");
	assert_string_equal(table_duration(to, 59.4), "59s");
	assert_string_equal(table_duration(to, 187), "3m07s");
	assert_string_equal(table_duration(to, 7500), "2h05m");
	assert_string_equal(table_duration(to, 273600), "3d04h");
	assert_string_equal(table_size(to, 512), "512B");
	assert_string_equal(table_size(to, 1536), "1.5K");
	assert_string_equal(table_size(to, 3.2 * 1024 * 1024 * 1024), "3.2G");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(cells), cmocka_unit_test(short_forms)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
