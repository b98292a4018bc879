#include "sandbox/identity/ids.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MOST 1024

static void what_has_not_changed_is_named(void **state)
{
	static gid_t groups[MOST + 1], reversed[MOST];
	const int n = getgroups(MOST, groups);
	struct error err;

	(void)state;
	assert_true(n >= 0);
	for (int i = 0; i < n; i++)
		reversed[i] = groups[n - 1 - i];
	assert_int_equal(ids_check(getuid(), getgid(), groups, (size_t)n, &err), 0);
	assert_int_equal(ids_check(getuid(), getgid(), reversed, (size_t)n, &err), 0);
	assert_int_equal(ids_check(getuid() + 1, getgid(), groups, (size_t)n, &err), -1);
	assert_memory_equal(err.text, "setresuid: ", 11);
	assert_int_equal(ids_check(getuid(), getgid() + 1, groups, (size_t)n, &err), -1);
	assert_memory_equal(err.text, "setresgid: ", 11);
	assert_int_equal(ids_check(getuid(), getgid(), groups, (size_t)n + 1, &err), -1);
	assert_memory_equal(err.text, "setgroups: ", 11);
	if (n == 0)
		return;
	assert_int_equal(ids_check(getuid(), getgid(), groups, (size_t)n - 1, &err), -1);
	assert_memory_equal(err.text, "setgroups: ", 11);
	groups[0] = (gid_t)-2;
	assert_int_equal(ids_check(getuid(), getgid(), groups, (size_t)n, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(what_has_not_changed_is_named)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
