#include "common/visible.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *show(const char *text, size_t len, enum visible_mode mode)
{
	static char to[512];
	size_t shown = visible(to, sizeof to, text, len, mode);

	assert_int_equal(shown, strlen(to));
	return to;
}

#define SHOWN(text, as) assert_string_equal(show(text, sizeof(text) - 1, VISIBLE_TEXT), as)

static void as_it_is(void **state)
{
	(void)state;
	SHOWN("", "");
	SHOWN("build (ubuntu, 22.04) ~ {}", "build (ubuntu, 22.04) ~ {}");
	SHOWN("größer 日本語 עברית 🚀 é", "größer 日本語 עברית 🚀 é");
	SHOWN("C:\\dir\\x1", "C:\\dir\\x1");
}

/* Each row is one class of what acts on a terminal, ends a line, reorders it or hides in it. */
static void escaped(void **state)
{
	(void)state;
	SHOWN("a\0b\tc\nd\re\x1b[31m\x7f", "a\\x00b\\x09c\\x0ad\\x0de\\x1b[31m\\x7f");
	SHOWN("\xc2\x80\xc2\x85\xc2\x9b\xc2\x9f\xc2\xa0", "\\xc2\\x80\\xc2\\x85\\xc2\\x9b\\xc2\\x9f\xc2\xa0");
	SHOWN("\xe2\x80\xa8\xe2\x80\xa9", "\\xe2\\x80\\xa8\\xe2\\x80\\xa9");
	/* U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069 */
	SHOWN("\u061c", "\\xd8\\x9c");
	SHOWN("\u200e\u200f", "\\xe2\\x80\\x8e\\xe2\\x80\\x8f");
	SHOWN("\u202a\u202e", "\\xe2\\x80\\xaa\\xe2\\x80\\xae");
	SHOWN("\u2066\u2069", "\\xe2\\x81\\xa6\\xe2\\x81\\xa9");
	/* zero-width, soft hyphen, byte order mark, filler, variation selector, tag */
	SHOWN("\u200b\u200d\u2060", "\\xe2\\x80\\x8b\\xe2\\x80\\x8d\\xe2\\x81\\xa0");
	SHOWN("\u00ad\ufeff", "\\xc2\\xad\\xef\\xbb\\xbf");
	SHOWN("\u3164\ufe0f", "\\xe3\\x85\\xa4\\xef\\xb8\\x8f");
	SHOWN("\U000e0041", "\\xf3\\xa0\\x81\\x81");
	/* interlinear annotation, noncharacters */
	SHOWN("\ufff9", "\\xef\\xbf\\xb9");
	SHOWN("\xef\xb7\x90\xef\xbf\xbf\xf4\x8f\xbf\xbe", "\\xef\\xb7\\x90\\xef\\xbf\\xbf\\xf4\\x8f\\xbf\\xbe");
}

static void no_utf8(void **state)
{
	(void)state;
	SHOWN("\x9b\xff\xfe", "\\x9b\\xff\\xfe");
	SHOWN("\xc0\xaf\xc1\x9b\xe0\x80\xaf\xf0\x80\x80\xaf", /* overlong */
		"\\xc0\\xaf\\xc1\\x9b\\xe0\\x80\\xaf\\xf0\\x80\\x80\\xaf");
	SHOWN("\xed\xa0\x80\xed\xbf\xbf", "\\xed\\xa0\\x80\\xed\\xbf\\xbf"); /* surrogates */
	SHOWN("\xf4\x90\x80\x80\xf5\x80\x80\x80", "\\xf4\\x90\\x80\\x80\\xf5\\x80\\x80\\x80");
	SHOWN("\xe2\x80", "\\xe2\\x80");
	SHOWN("\xe2\x80z\xc3", "\\xe2\\x80z\\xc3");
}

/* What was shown cannot be taken for what was there, nor the other way round. */
static void backslashes(void **state)
{
	static const char text[] = "\\ \\x1b \\... \"";

	(void)state;
	assert_string_equal(show(text, sizeof text - 1, VISIBLE_TEXT), "\\ \\x5cx1b \\x5c... \"");
	assert_string_equal(show(text, sizeof text - 1, VISIBLE_NAME), "\\x5c \\x5cx1b \\x5c... \"");
	assert_string_equal(show(text, sizeof text - 1, VISIBLE_QUOTED), "\\\\ \\\\x1b \\\\... \\\"");
	assert_string_equal(show(text, sizeof text - 1, VISIBLE_ALREADY), text);
	assert_string_equal(show("ä\x1b", 3, VISIBLE_QUOTED), "\\xc3\\xa4\\x1b");
	assert_string_equal(show("\\\n\u202e", 5, VISIBLE_ALREADY), "\\\\x0a\\xe2\\x80\\xae");
}

static void cut(void **state)
{
	static const char text[] = "123\x1b"
				   "567ä";
	char to[32];

	(void)state;
	for (size_t size = VISIBLE_SIZE_MIN; size < sizeof to; size++) {
		size_t len;

		memset(to, '!', sizeof to);
		len = visible(to, size, text, sizeof text - 1, VISIBLE_TEXT);
		assert_true(len < size);
		assert_int_equal(to[len], '\0');
		assert_int_equal(to[size], '!');
		if (size > strlen("123\\x1b567ä"))
			assert_string_equal(to, "123\\x1b567ä");
		else
			assert_string_equal(to + len - 4, VISIBLE_CUT);
	}
	visible(to, 8, text, sizeof text - 1, VISIBLE_TEXT);
	assert_string_equal(to, "123\\...");
	visible(to, 12, text, sizeof text - 1, VISIBLE_TEXT);
	assert_string_equal(to, "123\\x1b\\...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_it_is),
		cmocka_unit_test(escaped),
		cmocka_unit_test(no_utf8),
		cmocka_unit_test(backslashes),
		cmocka_unit_test(cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
