#include "common/cleanup.h"
#include "policy/etc/etc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define USERS "root:x:0:0:root:/root:/bin/sh\nann:x:1000:100:Ann:/home/ann:/bin/zsh\n+nis::::::\n"
#define GROUPS "root:x:0:ann\nusers:x:100:ann\nwheel:x:10:bob,ann\nnone:x:11:annb,ban\nlast:x:12:ann"

static void found_by_name_or_number(void **state)
{
	static const char *const whos[] = {"ann", "1000"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct etc_account account;

		assert_int_equal(etc_account_find(USERS, GROUPS, whos[i], &account), 1);
		assert_string_equal(account.name, "ann");
		assert_string_equal(account.home, "/home/ann");
		assert_string_equal(account.shell, "/bin/zsh");
		assert_int_equal(account.uid, 1000);
		assert_int_equal(account.n_groups, 4);
		assert_int_equal(account.groups[0], 100);
		assert_int_equal(account.groups[1], 0);
		assert_int_equal(account.groups[3], 12);
		assert_false(account.made);
		etc_account_free(&account);
	}
}

static void not_found(void **state)
{
	static const char *const passwds[] = {NULL, "", "ann", "ann:x:1000\n", "ann:x:z:1::/:/bin/sh\n",
		"ann:x:4294967295:1::/:/bin/sh\n", "ann:x:99999999999:1::/:/bin/sh\n", "+ann:x:1:1::/:\n",
		"#ann:x:1:1::/:\n", "ann2:x:1:1::/:\nan:x:1:1::/:\n"};
	struct etc_account account;

	(void)state;
	for (size_t i = 0; i < sizeof passwds / sizeof passwds[0]; i++) {
		assert_int_equal(etc_account_find(passwds[i], NULL, "ann", &account), 0);
		etc_account_free(&account);
	}
	assert_int_equal(etc_account_find(USERS, NULL, "+nis", &account), 0);
	etc_account_free(&account);
	assert_int_equal(etc_account_find(USERS, NULL, "4294967296", &account), 0);
	etc_account_free(&account);
}

static void too_many_groups(void **state)
{
	static char group[ETC_GROUPS_MAX * 24];
	struct etc_account account;
	size_t len = 0;

	(void)state;
	for (unsigned i = 0; i < ETC_GROUPS_MAX; i++)
		len += (size_t)snprintf(group + len, sizeof group - len, "g:x:%u:ann\n", 2000 + i);
	assert_int_equal(etc_account_find(USERS, group, "ann", &account), -2);
	etc_account_free(&account);
}

static void made_with_free_ids(void **state)
{
	struct etc_account account;

	(void)state;
	assert_int_equal(etc_account_make(NULL, NULL, "runner", &account), 0);
	assert_true(account.uid == 1001 && account.gid == 1001 && account.made && account.n_groups == 1);
	assert_string_equal(account.home, "/home/runner");
	etc_account_free(&account);
	assert_int_equal(
		etc_account_make("a:x:1001:1::/:\nb:x:1003:1::/:\n", "a:x:1001:\nb:x:1002:\n", "runner", &account), 0);
	assert_true(account.uid == 1002 && account.gid == 1003);
	etc_account_free(&account);
}

static void names(void **state)
{
	char text[40];

	(void)state;
	etc_passwd_names(USERS, text, sizeof text);
	assert_string_equal(text, "root, ann");
	etc_passwd_names("aaaaaaaaaaaaaaa:::::::\nbbbbbbbbbbbbbbb:::::::\nc:::::::\n", text, sizeof text);
	assert_string_equal(text, "aaaaaaaaaaaaaaa, …");
	etc_passwd_names("", text, sizeof text);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_by_name_or_number),
		cmocka_unit_test(not_found),
		cmocka_unit_test(too_many_groups),
		cmocka_unit_test(made_with_free_ids),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
