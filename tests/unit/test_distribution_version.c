#include "runner/distribution/version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void one_spelling(void **state)
{
	static const char *const good[] = {"2.336.0", "0.0.0", "10.20.300", "999999999.0.1"};
	static const char *const bad[] = {"", "2", "2.336", "2.336.0.0", "2.336.", ".336.0", "2..0", "2.336.0 ",
		" 2.336.0", "2.336.00", "02.336.0", "2.336.0-beta", "v2.336.0", "2.336.x", "+2.336.0", "2.-1.0",
		"1000000000.0.0", "2.336.0/", "../x", "current"};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(version_is_valid(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(version_is_valid(bad[i]));
}

static void order(void **state)
{
	static const char *const ascending[] = {"0.0.0", "0.0.9", "0.0.10", "0.1.0", "1.0.0", "2.9.9", "2.10.0",
		"2.335.1", "2.336.0", "2.336.1", "2.1000.0", "10.0.0", "999999999.999999999.999999999"};
	const int n = sizeof ascending / sizeof ascending[0];

	(void)state;
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++) {
			const int found = version_compare(ascending[i], ascending[j]);

			assert_int_equal((found > 0) - (found < 0), (i > j) - (i < j));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(one_spelling), cmocka_unit_test(order)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
