#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sandbox/outcome/denials.h"

#include <stdio.h>
#include <string.h>

static void alike_are_counted(void **state)
{
	const struct denial first = {.number = 1, .errnum = 2, .rule = 3, .pid = 4, .process = "a", .arguments = "b"};
	struct denial others[5] = {first, first, first, first, first};
	struct denials denials = {0};

	(void)state;
	others[0].number = 9;
	others[1].errnum = 9;
	others[2].rule = 9;
	strcpy(others[3].process, "x");
	strcpy(others[4].arguments, "x");
	for (unsigned i = 0; i < 3; i++) {
		struct denial again = first;

		again.pid = (pid_t)(4 + i);
		denials_add(&denials, &again);
	}
	assert_int_equal(denials.n_rows, 1);
	assert_int_equal(denials.rows[0].count, 3);
	assert_int_equal(denials.rows[0].pid, 4);
	for (unsigned i = 0; i < 5; i++)
		denials_add(&denials, &others[i]);
	assert_int_equal(denials.n_rows, 6);
	for (unsigned i = 1; i < 6; i++)
		assert_int_equal(denials.rows[i].count, 1);
	denials_free(&denials);
	assert_null(denials.rows);
}

static void the_table_is_bounded(void **state)
{
	struct denials denials = {0};
	struct denial denial = {.number = 1};

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(denial.arguments, sizeof denial.arguments, "%u", i);
		denials_add(&denials, &denial);
	}
	assert_int_equal(denials.n_rows, DENIALS_MAX);
	assert_int_equal(denials.more, 100000 - DENIALS_MAX);
	for (unsigned i = 0; i < DENIALS_MAX; i++) {
		snprintf(denial.arguments, sizeof denial.arguments, "%u", i);
		assert_string_equal(denials.rows[i].arguments, denial.arguments);
	}
	/* what is in it goes on being counted */
	denials_add(&denials, &denial);
	assert_int_equal(denials.rows[DENIALS_MAX - 1].count, 2);
	denials_free(&denials);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alike_are_counted),
		cmocka_unit_test(the_table_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
