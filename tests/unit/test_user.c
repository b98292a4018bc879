#include "sandbox/identity/user.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void by_name_and_by_uid(void **state)
{
	struct user root, same;
	struct error err;

	(void)state;
	assert_int_equal(user_by_name("root", &root, &err), 1);
	assert_int_equal(root.uid, 0);
	assert_int_equal(root.gid, 0);
	assert_string_equal(root.home, "/root");
	assert_true(root.shell[0] == '/');
	assert_int_equal(user_by_uid(0, &same, &err), 1);
	assert_string_equal(same.name, root.name);
	user_free(&root);
	user_free(&same);
	assert_null(root.name);
}

/* getent is asked too, and does not take what it is given for an option. */
static void nobody_of_that_name(void **state)
{
	static const char *const names[] = {"no-such-user", "--help", "-", "root:x:0", ""};
	struct user user;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_int_equal(user_by_name(names[i], &user, &err), 0);
	assert_int_equal(user_by_uid(3999999999, &user, &err), 0);
}

/* A number is a name here: getent would take it for a uid. */
static void numbers_are_no_names(void **state)
{
	struct user user;
	struct error err;

	(void)state;
	assert_int_equal(user_by_name("0", &user, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_name_and_by_uid),
		cmocka_unit_test(nobody_of_that_name),
		cmocka_unit_test(numbers_are_no_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
