#include "common/cleanup.h"
#include "common/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char text[] = "{\n"
			   "  \"a\": 1,\n"
			   "  \"list\": [true,\n"
			   "    {\"x\": \"}]\\\"\", \"y\": [ ]}, null],\n"
			   "\t\"sl/as~h\": {\"\": -1.5e3},\n"
			   "  \"\\u0061b\": \"escaped\"\n"
			   "}\n";

static void positions_of_values_and_keys(void **state)
{
	static const struct {
		const char *pointer;
		enum json_place place;
		int line, column;
	} cases[] = {
		{"", JSON_PLACE_VALUE, 1, 1},
		{"/a", JSON_PLACE_VALUE, 2, 8},
		{"/a", JSON_PLACE_KEY, 2, 3},
		{"/list", JSON_PLACE_VALUE, 3, 11},
		{"/list/0", JSON_PLACE_VALUE, 3, 12},
		{"/list/1", JSON_PLACE_VALUE, 4, 5},
		{"/list/1", JSON_PLACE_KEY, 4, 5},
		{"/list/1/x", JSON_PLACE_KEY, 4, 6},
		{"/list/1/y", JSON_PLACE_VALUE, 4, 24},
		{"/list/2", JSON_PLACE_VALUE, 4, 30},
		{"/sl~1as~0h", JSON_PLACE_KEY, 5, 2},
		{"/sl~1as~0h/", JSON_PLACE_VALUE, 5, 18},
		{"/ab", JSON_PLACE_KEY, 6, 3},
		{"/ab", JSON_PLACE_VALUE, 6, 14},
	};
	_cleanup_(json_doc_free) struct json_doc doc = {0};
	struct error err;
	int line, column;

	(void)state;
	assert_int_equal(json_doc_parse(&doc, "f.json", text, strlen(text), &err), 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_true(json_doc_locate(&doc, cases[i].pointer, cases[i].place, &line, &column));
		assert_int_equal(line, cases[i].line);
		assert_int_equal(column, cases[i].column);
	}
	assert_false(json_doc_locate(&doc, "/b", JSON_PLACE_VALUE, &line, &column));
	assert_false(json_doc_locate(&doc, "/list/3", JSON_PLACE_VALUE, &line, &column));
	assert_false(json_doc_locate(&doc, "/list/1/y/0", JSON_PLACE_VALUE, &line, &column));
	assert_false(json_doc_locate(&doc, "/a/0", JSON_PLACE_VALUE, &line, &column));
}

static void errors_carry_the_position(void **state)
{
	_cleanup_(json_doc_free) struct json_doc doc = {0};
	struct error err;

	(void)state;
	assert_int_equal(json_doc_parse(&doc, "f.json", text, strlen(text), &err), 0);
	assert_int_equal(json_doc_error(&doc, "/list/1/x", JSON_PLACE_VALUE, &err, "no %s", "good"), -1);
	assert_string_equal(err.text, "f.json:4:11: no good");
}

/* Refused, with the name and a line of the text in front. */
static void refused(const char *bad, size_t len)
{
	_cleanup_(json_doc_free) struct json_doc doc = {0};
	struct error err;

	assert_int_equal(json_doc_parse(&doc, "h.json", bad, len, &err), -1);
	assert_null(doc.root);
	assert_int_equal(strncmp(err.text, "h.json:", 7), 0);
	assert_true(err.text[7] >= '1' && err.text[7] <= '9');
}

static void hostile_text_is_refused(void **state)
{
	static const char *const bad[] = {"", " ", "{", "{\"a\":1,}", "{\"a\":1}x", "{\"a\":1}{}", "{'a':1}",
		"{\"a\":01}", "{\"a\":+1}", "{\"a\":nan}", "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1,\"b\":1}}",
		"{\"a\":\"\\u0000\"}", "{\"a\\u0000\":1}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\xff\"}",
		"{\"a\":\"\xc0\x80\"}", "{\"a\":\"\n\"}", "{\"a\":1e999}", "{\"a\":99999999999999999999}",
		"{\"a\":-99999999999999999999}", "// x\n{}", "\xef\xbb\xbf{}", "5", "\"text\""};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		refused(bad[i], strlen(bad[i]));
	refused("{\"a\":\"x\0y\"}", 11);
	refused("{\"a\":1}\0", 8);
	refused("\0", 1);
}

static void deep_nesting_is_refused(void **state)
{
	size_t depth = 1000000;
	_cleanup_(freep) char *deep = malloc(2 * depth);

	(void)state;
	assert_non_null(deep);
	memset(deep, '[', depth);
	memset(deep + depth, ']', depth);
	refused(deep, 2 * depth);
}

static void long_text_is_refused(void **state)
{
	size_t len = (size_t)10 << 20;
	_cleanup_(freep) char *big = malloc(len);
	_cleanup_(json_doc_free) struct json_doc doc = {0};
	struct error err;

	(void)state;
	assert_non_null(big);
	memset(big, ' ', len);
	big[0] = '{';
	big[1] = '}';
	assert_int_equal(json_doc_parse(&doc, "h.json", big, len, &err), -1);
	assert_non_null(strstr(err.text, "h.json: more than "));
	assert_null(doc.root);
}

static void unreadable_files_are_named(void **state)
{
	_cleanup_(json_doc_free) struct json_doc doc = {0};
	struct error err;

	(void)state;
	assert_int_equal(json_doc_load(&doc, "/nonexistent/x.json", &err), -1);
	assert_non_null(strstr(err.text, "/nonexistent/x.json"));
	assert_int_equal(err.errnum, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(positions_of_values_and_keys),
		cmocka_unit_test(errors_carry_the_position),
		cmocka_unit_test(hostile_text_is_refused),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(long_text_is_refused),
		cmocka_unit_test(unreadable_files_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
