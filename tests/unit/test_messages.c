/* The message catalogue: its rows are whole, each is found by its own example, and a search finds what fits best. */
#include "policy/messages/catalogue.h"
#include "policy/messages/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int load(void **state)
{
	static struct catalogue catalogue;
	struct error err;

	*state = &catalogue;
	return catalogue_load(&catalogue, &err);
}

static int unload(void **state)
{
	catalogue_free(*state);
	return 0;
}

static const json_t *rows_of(const struct catalogue *catalogue)
{
	const json_t *rows = json_object_get(catalogue->doc.root, "messages");

	assert_true(json_array_size(rows) > 60);
	return rows;
}

static const char *text_of(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	if (text == NULL || *text == '\0')
		fail_msg("%s: no %s", json_string_value(json_object_get(row, "id")), key);
	return text;
}

static struct causes search(const struct catalogue *catalogue, const char *text)
{
	struct causes causes;

	catalogue_search(catalogue, text, strlen(text), &causes);
	return causes;
}

static void every_row_is_whole(void **state)
{
	static const char *const keys[] = {"id", "example", "object", "cause", "remedy"};
	const json_t *rows = rows_of(*state);
	json_t *row, *pattern;
	size_t i, j;

	json_array_foreach (rows, i, row) {
		for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
			text_of(row, keys[k]);
		assert_int_equal(text_of(row, "cause")[strlen(text_of(row, "cause")) - 1], '.');
		assert_true(json_array_size(json_object_get(row, "patterns")) > 0);
		json_array_foreach (json_object_get(row, "patterns"), j, pattern)
			if (strspn(json_string_value(pattern), "* ") == strlen(json_string_value(pattern)))
				fail_msg("%s: pattern %zu fits everything", text_of(row, "id"), j);
		for (j = 0; j < i; j++)
			assert_string_not_equal(text_of(row, "id"), text_of(json_array_get(rows, j), "id"));
	}
}

static void every_row_is_found_by_its_example(void **state)
{
	const json_t *rows = rows_of(*state);
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		const struct causes causes = search(*state, text_of(row, "example"));

		if (causes.n == 0 || strcmp(causes.items[0].message.id, text_of(row, "id")) != 0)
			fail_msg("%s: its example finds %s", text_of(row, "id"),
				causes.n == 0 ? "nothing" : causes.items[0].message.id);
	}
}

static void a_pattern_has_its_parts_in_order_and_at_borders_of_words(void **state)
{
	static const struct {
		const char *pattern, *line;
		size_t score;
	} rows[] = {
		{"Killed", "Killed", 6},
		{"killed", "make: *** [x] KILLED\r", 6},
		{"Killed", "3 processes were Killedx", 0},
		{"Killed", "xKilled", 0},
		{"Killed", "xKilled Killed", 6},
		{"Killed", "\033[1;31mKilled\033[0m", 6},
		{"Killed", "[31mKilled", 0},
		{"Killed", "mKilled", 0},
		{"a*c", "a b c", 2},
		{"a*c", "c b a", 0},
		{"a*a", "a", 0},
		{": x", "mount: x", 3},
		{"longer than the line", "longer", 0},
		{"x", "", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (match_pattern(rows[i].pattern, rows[i].line, strlen(rows[i].line)) != rows[i].score)
			fail_msg("row %zu", i);
}

static void the_special_cause_is_preferred_to_the_general(void **state)
{
	struct causes causes = search(*state, "unshare: unshare failed: Operation not permitted");

	assert_int_equal(causes.n, 1);
	assert_string_equal(causes.items[0].message.id, "unshare-denied");
	causes = search(*state, "frobnicate: Operation not permitted");
	assert_int_equal(causes.n, 1);
	assert_string_equal(causes.items[0].message.id, "operation-not-permitted");
}

static void each_line_of_a_log_has_its_causes_once(void **state)
{
	const char *log = "building\nKilled\nx: Read-only file system\nKilled\n";
	const struct causes causes = search(*state, log);

	assert_int_equal(causes.n, 2);
	assert_string_equal(causes.items[0].message.id, "exit-137");
	assert_ptr_equal(causes.items[0].line, log + 9);
	assert_int_equal(causes.items[0].len, 6);
	assert_string_equal(causes.items[1].message.id, "read-only");
}

static void a_log_of_many_causes_is_cut(void **state)
{
	const json_t *rows = rows_of(*state);
	char log[8192] = "";
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		snprintf(log + strlen(log), sizeof log - strlen(log), "%s\n", text_of(row, "example"));
	assert_int_equal(search(*state, log).n, CAUSES_MAX);
}

static void a_part_of_a_message_is_enough(void **state)
{
	const struct causes causes = search(*state, "too reveal");

	assert_int_equal(causes.n, 1);
	assert_string_equal(causes.items[0].message.id, "proc-covered");
	assert_int_equal(search(*state, "too").n, 0);
	assert_int_equal(search(*state, "").n, 0);
	assert_int_equal(search(*state, "\n\n").n, 0);
	assert_int_equal(search(*state, "the weather is fine").n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_whole),
		cmocka_unit_test(every_row_is_found_by_its_example),
		cmocka_unit_test(a_pattern_has_its_parts_in_order_and_at_borders_of_words),
		cmocka_unit_test(the_special_cause_is_preferred_to_the_general),
		cmocka_unit_test(each_line_of_a_log_has_its_causes_once),
		cmocka_unit_test(a_log_of_many_causes_is_cut),
		cmocka_unit_test(a_part_of_a_message_is_enough),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
