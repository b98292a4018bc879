/* Names and numbers of capabilities, there and back. */
#include "common/capability_names.h"

#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void each_there_and_back(void **state)
{
	(void)state;
	for (unsigned i = 0; i <= CAP_LAST_CAP; i++) {
		assert_non_null(capability_name(i));
		assert_int_equal(capability_number(capability_name(i)), i);
	}
	assert_string_equal(capability_name(CAP_SYS_ADMIN), "CAP_SYS_ADMIN");
	assert_int_equal(capability_number("cap_Sys_Admin"), CAP_SYS_ADMIN);
}

static void no_others(void **state)
{
	static const char *const none[] = {"", "CAP_", "CHOWN", "CAP_CHOWN ", "CAP_CHOWNX", "0", "21", "CAP_LAST_CAP"};

	(void)state;
	assert_null(capability_name(CAP_LAST_CAP + 1));
	assert_null(capability_name(64));
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		assert_int_equal(capability_number(none[i]), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_there_and_back),
		cmocka_unit_test(no_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
