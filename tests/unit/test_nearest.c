/* Which known name a misspelt word stands for. */
#include "common/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char names[] =
	"memory, memory-high, network, workspace, ro, rw, time, tmpfs, timeout-less, allow_degraded";

static void near_names_are_found(void **state)
{
	static const struct {
		const char *word, *name;
	} cases[] = {
		{"memroy", "memory"},  /* exchanged */
		{"memry", "memory"},   /* missing */
		{"memmory", "memory"}, /* superfluous */
		{"nemory", "memory"},  /* wrong */
		{"Memory", "memory"},  /* case */
		{"memory_high", "memory-high"},
		{"allow-degraded", "allow_degraded"},
		{"mem", "memory"}, /* a beginning, and the first of two */
		{"wrokspace", "workspace"},
		{"netwrok", "network"},
		{"tiem", "time"},
		{"r", "ro"},
		{"tile", "time"},
		{"tale", NULL}, /* half of it is another word */
		{"me", NULL},   /* too little to tell */
		{"bogus", NULL},
		{"x", NULL},
		{"", NULL},
		{"a-word-that-is-much-longer-than-any-name-could-ever-be", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct nearest nearest;

		nearest_start(&nearest, cases[i].word);
		nearest_offer_list(&nearest, names);
		if (cases[i].name == NULL)
			assert_null(nearest_name(&nearest));
		else if (nearest_name(&nearest) == NULL)
			fail_msg("%s: nothing near", cases[i].word);
		else
			assert_string_equal(nearest_name(&nearest), cases[i].name);
	}
}

static void the_hint_says_what_else_helps(void **state)
{
	struct nearest nearest;
	struct error err;

	(void)state;
	error_set(&err, 0, "--memroy: unknown option");
	nearest_start(&nearest, "memroy");
	assert_int_equal(nearest_hint(&nearest, "--", "see --help", &err), -1);
	assert_string_equal(err.hint, "see --help");
	nearest_offer(&nearest, "memory");
	nearest_hint(&nearest, "--", "", &err);
	assert_string_equal(err.hint, "did you mean --memory?");
	nearest_hint(&nearest, "", "shipped: job", &err);
	assert_string_equal(err.hint, "did you mean memory? shipped: job");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(near_names_are_found),
		cmocka_unit_test(the_hint_says_what_else_helps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
