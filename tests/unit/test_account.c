#include "common/cleanup.h"
#include "common/io.h"
#include "sandbox/identity/account.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char etc[] = "/tmp/cofferdam-account.XXXXXX";

static void put(const char *name, const char *text)
{
	_cleanup_(freep) char *path = format("%s/%s", etc, name);
	_cleanup_(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(write_all(fd, text, strlen(text)), 0);
}

static int make_tables(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(etc));
	put("passwd", "root:x:0:0:root:/root:/bin/sh\n"
		      "# no line\n"
		      "app:x:1000:100:App:/srv/app:/bin/sh\n"
		      "2000:x:3000:3000::/odd:/bin/sh\n"
		      "other:x:1000:7::/other:/bin/sh\n");
	put("group", "root:x:0:\nusers:x:100:\naudio:x:29:root,app\nvideo:x:44:app\ndouble:x:100:app\n");
	return 0;
}

static int remove_tables(void **state)
{
	_cleanup_(freep) char *passwd = format("%s/passwd", etc), *group = format("%s/group", etc);

	(void)state;
	unlink(passwd);
	unlink(group);
	return rmdir(etc);
}

static void finds(void **state)
{
	static const struct {
		const char *spec;
		uid_t uid;
		gid_t gid;
		const char *name, *home;
		size_t n_groups;
	} cases[] = {
		{"app", 1000, 100, "app", "/srv/app", 3},      /* its own, audio, video; 100 once */
		{"1000", 1000, 100, "app", "/srv/app", 3},     /* the first line of that number */
		{"app:audio", 1000, 29, "app", "/srv/app", 1}, /* with a group, no others */
		{"app:4242", 1000, 4242, "app", "/srv/app", 1},
		{"77", 77, 0, NULL, "/", 1},
		{"77:88", 77, 88, NULL, "/", 1},
		{"2000", 3000, 3000, "2000", "/odd", 1}, /* a name before a number */
		{"root", 0, 0, "root", "/root", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		_cleanup_(account_free) struct account account = {0};
		struct error err;

		if (account_find(etc, cases[i].spec, &account, &err) < 0)
			fail_msg("%s: %s", cases[i].spec, err.text);
		assert_int_equal(account.uid, cases[i].uid);
		assert_int_equal(account.gid, cases[i].gid);
		assert_string_equal(account.home, cases[i].home);
		if (cases[i].name == NULL)
			assert_null(account.name);
		else
			assert_string_equal(account.name, cases[i].name);
		assert_int_equal(account.n_groups, cases[i].n_groups);
		assert_int_equal(account.groups[0], cases[i].gid);
	}
}

static void refuses(void **state)
{
	static const char *const specs[] = {"", ":", "app:", ":100", "nobody", "app:nogroup", "-1", "4294967295",
		"app:4294967295", "1000x", "app:100:1"};

	(void)state;
	for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
		_cleanup_(account_free) struct account account = {0};
		struct error err;

		if (account_find(etc, specs[i], &account, &err) == 0)
			fail_msg("%s: found", specs[i]);
	}
}

/* An image without the files, as one that holds a single static program. */
static void numbers_need_no_tables(void **state)
{
	_cleanup_(account_free) struct account account = {0}, other = {0};
	struct error err;

	(void)state;
	assert_int_equal(account_find("/nonexistent", "1000:1000", &account, &err), 0);
	assert_int_equal(account.uid, 1000);
	assert_int_equal(account_find("/nonexistent", "root", &other, &err), -1);
}

/* Nobody becomes somebody else because the files could not be asked. */
static void tables_that_cannot_be_read(void **state)
{
	static const struct {
		const char *file, *spec;
	} cases[] = {
		{"passwd", "1000"},
		{"passwd", "app"},
		{"passwd", "1000:1000"},
		{"group", "app"}, /* its supplementary groups */
		{"group", "app:audio"},
		{"group", "app:29"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (int directory = 0; directory < 2; directory++) {
			_cleanup_(freep) char *path = format("%s/%s", etc, cases[i].file),
					      *aside = format("%s/aside", etc);
			_cleanup_(account_free) struct account account = {0};
			struct error err;
			int result;

			/* Root could read a file of mode 0. */
			assert_int_equal(rename(path, aside), 0);
			assert_int_equal(directory ? mkdir(path, 0700) : symlink(cases[i].file, path), 0);
			result = account_find(etc, cases[i].spec, &account, &err);
			assert_int_equal(directory ? rmdir(path) : unlink(path), 0);
			assert_int_equal(rename(aside, path), 0);
			assert_int_equal(result, -1);
			assert_int_equal(err.errnum, directory ? EISDIR : ELOOP);
			assert_non_null(strstr(err.text, path));
		}
}

static void a_table_that_may_not_be_read(void **state)
{
	_cleanup_(freep) char *passwd = format("%s/passwd", etc);
	_cleanup_(account_free) struct account account = {0};
	struct error err;

	(void)state;
	if (geteuid() == 0) {
		print_message("root may read everything\n");
		skip();
	}
	assert_int_equal(chmod(passwd, 0), 0);
	assert_int_equal(account_find(etc, "1000:1000", &account, &err), -1);
	assert_int_equal(chmod(passwd, 0600), 0);
	assert_int_equal(err.errnum, EACCES);
}

/* An image's tables may be anything, and who reads them is deaf to signals. */
static void a_fifo_is_not_waited_for(void **state)
{
	_cleanup_(freep) char *group = format("%s/group", etc), *passwd = format("%s/passwd", etc);
	struct account account = {0};
	struct error err;

	(void)state;
	alarm(10); /* ends the test where it would hang */
	assert_int_equal(unlink(group), 0);
	assert_int_equal(mkfifo(group, 0644), 0);
	assert_int_equal(account_find(etc, "app", &account, &err), -1);
	assert_non_null(strstr(err.text, "group: not a regular file"));
	account_free(&account);
	assert_int_equal(unlink(passwd), 0);
	assert_int_equal(mkfifo(passwd, 0644), 0);
	assert_int_equal(account_find(etc, "app", &account, &err), -1);
	assert_non_null(strstr(err.text, "passwd: not a regular file"));
	account_free(&account);
	alarm(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(refuses),
		cmocka_unit_test(numbers_need_no_tables),
		cmocka_unit_test(tables_that_cannot_be_read),
		cmocka_unit_test(a_table_that_may_not_be_read),
		cmocka_unit_test(a_fifo_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, make_tables, remove_tables);
}
