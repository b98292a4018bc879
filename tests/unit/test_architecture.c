#include "runner/common/architecture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void rows(void **state)
{
	(void)state;
	assert_string_equal(architecture_find("x86_64")->label, "X64");
	assert_string_equal(architecture_find("x86_64")->download, "x64");
	assert_string_equal(architecture_find("aarch64")->label, "ARM64");
	assert_string_equal(architecture_find("aarch64")->download, "arm64");
	assert_string_equal(architecture_find("armv8l")->label, "ARM");
	/* A label is nobody's promise of an archive. */
	assert_string_equal(architecture_find("armv6l")->label, "ARM");
	assert_null(architecture_find("armv6l")->download);
	assert_null(architecture_find("riscv64"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rows)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
