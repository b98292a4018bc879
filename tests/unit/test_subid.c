#include "policy/subid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void parse(const char *text, struct subid_list *list)
{
	struct error err;

	assert_int_equal(subid_parse(text, strlen(text), list, &err), 0);
}

static void lines(void **state)
{
	struct subid_list list;

	(void)state;
	parse("# comment\n\nalice:100000:65536\n#bob:1:2\n1001:165536:10\nno colon\n:1:2\nlast:231072:1", &list);
	assert_int_equal(list.n, 3);
	assert_int_equal(list.lines[0].line, 3);
	assert_int_equal(list.lines[0].first, 100000);
	assert_int_equal(list.lines[0].count, 65536);
	assert_memory_equal(list.lines[0].owner, "alice", list.lines[0].owner_len);
	assert_int_equal(list.lines[1].line, 5);
	assert_int_equal(list.lines[2].line, 8);
	assert_false(list.lines[0].malformed || list.lines[1].malformed || list.lines[2].malformed);
	subid_list_free(&list);
	assert_null(list.lines);
}

static void malformed(void **state)
{
	static const char *const texts[] = {"a:", "a:1", "a:1:", "a::1", "a:1:0", "a:1:2:3", "a: 1:2", "a:1:2 ",
		"a:-1:2", "a:+1:2", "a:0x10:2", "a:4294967296:1", "a:1:4294967296", "a:4294967295:1", "a:4294967290:6",
		"a:2147483648:2147483648", "a:1:2\r", "a:x:y"};
	struct subid_list list;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		parse(texts[i], &list);
		if (list.n != 1 || !list.lines[0].malformed)
			fail_msg("%s", texts[i]);
		subid_list_free(&list);
	}
	parse("a:4294967290:5", &list); /* up to the last id that there is */
	assert_false(list.lines[0].malformed);
	subid_list_free(&list);
}

static void whose(void **state)
{
	const struct subid_owner alice = {"alice", 1001}, nameless = {NULL, 1001};
	struct subid_list list;

	(void)state;
	parse("alice:1:1\nalic:1:1\nalice2:1:1\n1001:1:1\n01001:1:1\n", &list);
	assert_int_equal(list.n, 5);
	assert_true(subid_is_owned(&list.lines[0], &alice));
	assert_false(subid_is_owned(&list.lines[1], &alice));
	assert_false(subid_is_owned(&list.lines[2], &alice));
	assert_true(subid_is_owned(&list.lines[3], &alice));
	assert_false(subid_is_owned(&list.lines[4], &alice));
	assert_false(subid_is_owned(&list.lines[0], &nameless));
	assert_true(subid_is_owned(&list.lines[3], &nameless));
	subid_list_free(&list);
}

static void free_range_is(const char *a, const char *b, uint32_t expected)
{
	const struct subid_owner alice = {"alice", 1001};
	struct subid_list one, other;

	parse(a, &one);
	parse(b, &other);
	assert_int_equal(subid_free_range(&one, &other, &alice, 65536), expected);
	subid_list_free(&one);
	subid_list_free(&other);
}

static void free_ranges(void **state)
{
	(void)state;
	free_range_is("", "", 100000);
	free_range_is("a:100000:65536\n", "", 165536);
	free_range_is("", "a:100000:65536\n", 165536);
	free_range_is("a:100000:65536\n", "b:165536:65536\n", 231072);
	free_range_is("a:165536:65536\nb:100000:65536\n", "", 231072);
	free_range_is("", "alice:100000:65536\n1001:200000:1\n", 100000);
	free_range_is("alice:100000:65536\n", "", 165536);
	free_range_is("a:500:100000\n", "", 100500);
	free_range_is("a:300000:1\n", "", 100000);
	free_range_is("a:165535:1\n", "", 165536);
	free_range_is("a:100000:4294867295\n", "", 0);
	free_range_is("a:100000:4294802000\n", "", 0);
	free_range_is("a:x:1\n", "", 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(malformed),
		cmocka_unit_test(whose),
		cmocka_unit_test(free_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
