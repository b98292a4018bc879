#include "runner/worker/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void orders(void **state)
{
	struct control_order order;

	(void)state;
	control_parse("cancel", &order);
	assert_int_equal(order.kind, CONTROL_CANCEL);
	control_parse("exit 102\n", &order);
	assert_int_equal(order.kind, CONTROL_EXIT);
	assert_int_equal(order.code, 102);
	assert_string_equal(order.reason, "");
	control_parse("exit 0", &order);
	assert_int_equal(order.kind, CONTROL_EXIT);
	control_parse("exit 1\njob ended: time limit 6h reached", &order);
	assert_int_equal(order.code, 1);
	assert_string_equal(order.reason, "job ended: time limit 6h reached");
}

static void nonsense(void **state)
{
	static const char *const texts[] = {
		"", "exit", "exit ", "exit x", "exit 256\n", "exit -1\n", "exit 1x\n", "cancel now", "CANCEL"};
	struct control_order order;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		control_parse(texts[i], &order);
		assert_int_equal(order.kind, CONTROL_NOTHING);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(orders), cmocka_unit_test(nonsense)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
