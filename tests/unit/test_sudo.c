/* What sudo's client and broker decide without a system call: command line, request, users, environment. */
#include "sandbox/sudo/accounts.h"
#include "sandbox/sudo/environ.h"
#include "sandbox/sudo/options.h"
#include "sandbox/sudo/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char *lists[64];

static struct options read_line(const char *line)
{
	static char text[512], *argv[32];
	struct options options;
	int argc = 0;

	snprintf(text, sizeof text, "sudo %s", line);
	for (char *rest = text, *word; (word = strsep(&rest, " ")) != NULL;)
		if (*word != '\0')
			argv[argc++] = word;
	argv[argc] = NULL;
	options_read(argc, argv, lists, &options);
	return options;
}

static void test_options(void **state)
{
	static const struct {
		const char *line;
		enum options_action action;
		uint32_t flags;
		const char *user, *group, *directory, *first;
	} rows[] = {
		{"id", OPTIONS_CALL, 0, "", "", "", "id"},
		{"-u bob id -u", OPTIONS_CALL, 0, "bob", "", "", "id"},
		{"-ubob id", OPTIONS_CALL, 0, "bob", "", "", "id"},
		{"-nEHu bob -g adm id", OPTIONS_CALL, SUDO_PRESERVE_ENV | SUDO_SET_HOME, "bob", "adm", "", "id"},
		{"--user=bob --group adm --chdir=/tmp -- -x", OPTIONS_CALL, 0, "bob", "adm", "/tmp", "-x"},
		{"--preserve-e A=b id", OPTIONS_CALL, SUDO_PRESERVE_ENV, "", "", "", "id"},
		{"--preserve-env=A,B id", OPTIONS_CALL, 0, "", "", "", "id"},
		{"-i", OPTIONS_CALL, SUDO_LOGIN, "", "", "", NULL},
		{"-s -- echo", OPTIONS_CALL, SUDO_SHELL, "", "", "", "echo"},
		{"-b sleep 1", OPTIONS_CALL, SUDO_BACKGROUND, "", "", "", "sleep"},
		{"-l", OPTIONS_CALL, SUDO_LIST, "", "", "", NULL},
		{"-v", OPTIONS_CALL, SUDO_VALIDATE, "", "", "", NULL},
		{"-k", OPTIONS_NOTHING, 0, "", "", "", NULL},
		{"-K", OPTIONS_NOTHING, 0, "", "", "", NULL},
		{"-k id", OPTIONS_CALL, 0, "", "", "", "id"},
		{"-p x -S -A -B -N id", OPTIONS_CALL, 0, "", "", "", "id"},
		{"", OPTIONS_USAGE, 0, "", "", "", NULL},
		{"A=b", OPTIONS_USAGE, 0, "", "", "", NULL},
		{"-V", OPTIONS_VERSION, 0, "", "", "", NULL},
		{"-h", OPTIONS_HELP, 0, "", "", "", NULL},
		{"-Z id", OPTIONS_UNKNOWN, 0, "", "", "", "id"},
		{"--nonsense id", OPTIONS_UNKNOWN, 0, "", "", "", "id"},
		{"--re id", OPTIONS_AMBIGUOUS, 0, "", "", "", "id"},
		{"--login=x", OPTIONS_A_VALUE, 0, "", "", "", NULL},
		{"-u", OPTIONS_NO_VALUE, 0, "", "", "", NULL},
		{"--user", OPTIONS_NO_VALUE, 0, "", "", "", NULL},
		{"-e file", OPTIONS_UNSUPPORTED, 0, "", "", "", "file"},
		{"-R /x id", OPTIONS_UNSUPPORTED, 0, "", "", "", "id"},
		{"-i -s", OPTIONS_CONFLICT, SUDO_LOGIN | SUDO_SHELL, "", "", "", NULL},
		{"-v id", OPTIONS_USAGE, SUDO_VALIDATE, "", "", "", "id"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct options options = read_line(rows[i].line);

		if (options.action != rows[i].action)
			fail_msg("%s: %d", rows[i].line, options.action);
		if (options.action != OPTIONS_CALL)
			continue;
		assert_int_equal(options.flags, rows[i].flags);
		assert_string_equal(options.user, rows[i].user);
		assert_string_equal(options.group, rows[i].group);
		assert_string_equal(options.directory, rows[i].directory);
		if (rows[i].first == NULL)
			assert_int_equal(options.n_args, 0);
		else
			assert_string_equal(options.args[0], rows[i].first);
	}
}

static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
			     "broken:x:1:1\n"
			     "huge:x:99999999999:1::/:/bin/sh\n"
			     "minus:x:4294967295:1::/:/bin/sh\n"
			     "bob:x:1002:1003:Bob,,,:/home/bob:\n"
			     "last:x:7:8::/:/bin/false";
static const char group[] = "root:x:0:\nadm:x:4:bob,runner\ndocker:x:999:runner,bob\nbob:x:1003:bob\nbobs:x:5:bobby";

static void test_accounts(void **state)
{
	struct account account;
	gid_t groups[8], gid = 999;
	char name[ACCOUNT_NAME_MAX];

	(void)state;
	assert_true(sudo_find_user(passwd, sizeof passwd - 1, "bob", 0, &account));
	assert_int_equal(account.uid, 1002);
	assert_int_equal(account.gid, 1003);
	assert_string_equal(account.home, "/home/bob");
	assert_string_equal(account.shell, "/bin/sh");
	assert_true(sudo_find_user(passwd, sizeof passwd - 1, NULL, 7, &account));
	assert_string_equal(account.name, "last");
	assert_string_equal(account.shell, "/bin/false");
	assert_false(sudo_find_user(passwd, sizeof passwd - 1, "broken", 0, &account));
	assert_false(sudo_find_user(passwd, sizeof passwd - 1, "huge", 0, &account));
	assert_false(sudo_find_user(passwd, sizeof passwd - 1, "minus", 0, &account));
	assert_false(sudo_find_user(passwd, sizeof passwd - 1, "bo", 0, &account));
	assert_false(sudo_find_user("", 0, "root", 0, &account));
	assert_true(sudo_find_group(group, sizeof group - 1, NULL, &gid, name));
	assert_string_equal(name, "docker");
	assert_true(sudo_find_group(group, sizeof group - 1, "adm", &gid, NULL));
	assert_int_equal(gid, 4);
	assert_int_equal(sudo_user_groups(group, sizeof group - 1, "bob", 1003, groups, 8), 3);
	assert_int_equal(groups[0], 1003);
	assert_int_equal(groups[1], 4);
	assert_int_equal(groups[2], 999);
	assert_int_equal(sudo_user_groups(group, sizeof group - 1, "bob", 1003, groups, 2), 2);
}

static char no_string[] = "";
static char *none[] = {NULL};

static void test_request(void **state)
{
	char text[] = "bob\0\0/tmp\0id\0-u\0A=b\0LIST\0X=1\0Y=2";
	struct sudo_head head = {.magic = SUDO_MAGIC,
		.version = SUDO_VERSION,
		.size = sizeof text,
		.n_args = 2,
		.n_assignments = 1,
		.n_keep = 1,
		.n_env = 2};
	struct sudo_request request;
	char *pointers[16];

	(void)state;
	assert_true(sudo_head_is_good(&head));
	assert_int_equal(sudo_request_pointers(&head), 10);
	assert_true(sudo_request_read(&head, text, pointers, &request));
	assert_string_equal(request.user, "bob");
	assert_string_equal(request.group, "");
	assert_string_equal(request.args[1], "-u");
	assert_null(request.args[2]);
	assert_string_equal(request.assignments[0], "A=b");
	assert_string_equal(request.keep[0], "LIST");
	assert_string_equal(request.env[1], "Y=2");
	assert_null(request.env[2]);
	head.n_env = 1; /* something is left */
	assert_false(sudo_request_read(&head, text, pointers, &request));
	head.n_env = 3; /* something is missing */
	assert_false(sudo_request_read(&head, text, pointers, &request));
	head.n_env = 2;
	head.size--; /* the last has no end */
	assert_false(sudo_request_read(&head, text, pointers, &request));
	head.size = 0;
	assert_false(sudo_request_read(&head, no_string, pointers, &request));
	head.flags = SUDO_FLAGS + 1;
	assert_false(sudo_head_is_good(&head));
	head.flags = 0;
	head.size = SUDO_SIZE_MAX + 1;
	assert_false(sudo_head_is_good(&head));
	assert_true(sudo_is_assignment("_A1="));
	assert_false(sudo_is_assignment("1A=x"));
	assert_false(sudo_is_assignment("=x"));
	assert_false(sudo_is_assignment("A-B=x"));
	assert_false(sudo_is_assignment("A"));
}

/* The value after the rules, or NULL. */
static const char *after(uint32_t flags, char **env, char **assignments, char **keep, const char *name)
{
	static char text[65536], *entries[64];
	static char command[] = "id", *args[] = {command, command, NULL};
	static const struct account target = {.name = "bob", .uid = 2, .home = "/home/bob", .shell = "/bin/zsh"},
				    caller = {.name = "runner", .uid = 1001, .gid = 1002};
	const struct sudo_request request = {.args = args, .assignments = assignments, .keep = keep, .env = env};
	const struct environ_call call = {
		.request = &request, .flags = flags, .target = &target, .caller = &caller, .command = "/usr/bin/id"};
	struct environ made = {.entries = entries, .room = 64, .text = text, .size = sizeof text};

	assert_true(environ_build(&call, &made));
	return environ_get(entries, name);
}

static void test_environment(void **state)
{
	static char foo[] = "FOO=bar", preload[] = "LD_PRELOAD=/x.so", path[] = "PATH=/evil",
		    home[] = "HOME=/home/runner", lang[] = "LANG=C.UTF-8", bad[] = "LC_ALL=../x",
		    function[] = "DISPLAY=() { :; }", tz[] = "TZ=Europe/Berlin", user[] = "USER=runner",
		    logname[] = "LOGNAME=runner", bash[] = "BASH_ENV=/x", twice[] = "FOO=again";
	static char *env[] = {foo, preload, path, home, lang, bad, function, tz, user, logname, bash, twice, NULL};
	static char set_foo[] = "FOO=set", set_preload[] = "LD_PRELOAD=/y.so", *set[] = {set_foo, set_preload, NULL};
	static char names[] = "NONE,FO*", *keep[] = {names, NULL};
	static char user_names[] = "USER,PATH", *keep_user[] = {user_names, NULL};

	(void)state;
	assert_null(after(0, env, none, none, "FOO"));
	assert_null(after(0, env, none, none, "LD_PRELOAD"));
	assert_null(after(0, env, none, none, "LC_ALL"));
	assert_null(after(0, env, none, none, "DISPLAY"));
	assert_string_equal(after(0, env, none, none, "LANG"), "C.UTF-8");
	assert_string_equal(after(0, env, none, none, "TZ"), "Europe/Berlin");
	assert_string_equal(after(0, env, none, none, "PATH"), SUDO_SECURE_PATH);
	assert_string_equal(after(0, env, none, none, "HOME"), "/home/bob");
	assert_string_equal(after(0, env, none, none, "MAIL"), "/var/mail/bob");
	assert_string_equal(after(0, env, none, none, "USER"), "bob");
	assert_string_equal(after(0, env, none, none, "SHELL"), "/bin/zsh");
	assert_string_equal(after(0, env, none, none, "TERM"), "unknown");
	assert_string_equal(after(0, env, none, none, "SUDO_COMMAND"), "/usr/bin/id id");
	assert_string_equal(after(0, env, none, none, "SUDO_USER"), "runner");
	assert_string_equal(after(0, env, none, none, "SUDO_UID"), "1001");
	assert_string_equal(after(0, env, none, none, "SUDO_GID"), "1002");
	assert_string_equal(after(0, env, set, none, "FOO"), "set");
	assert_string_equal(after(0, env, none, keep, "FOO"), "again");
	assert_string_equal(after(SUDO_PRESERVE_ENV, env, none, none, "FOO"), "again");
	assert_null(after(SUDO_PRESERVE_ENV, env, none, none, "LD_PRELOAD"));
	assert_null(after(SUDO_PRESERVE_ENV, env, none, none, "BASH_ENV"));
	assert_string_equal(after(SUDO_PRESERVE_ENV, env, none, none, "PATH"), SUDO_SECURE_PATH);
	assert_string_equal(after(SUDO_PRESERVE_ENV, env, none, none, "HOME"), "/home/runner");
	assert_string_equal(after(SUDO_PRESERVE_ENV, env, none, none, "USER"), "bob");
	assert_null(after(SUDO_PRESERVE_ENV, env, none, none, "MAIL"));
	assert_string_equal(after(0, env, none, keep_user, "USER"), "runner");
	assert_string_equal(after(0, env, none, keep_user, "LOGNAME"), "bob");
	assert_string_equal(after(0, env, none, keep_user, "PATH"), "/evil");
	assert_string_equal(after(SUDO_PRESERVE_ENV | SUDO_SET_HOME, env, none, none, "HOME"), "/home/bob");
	assert_string_equal(after(SUDO_LOGIN, env, none, none, "HOME"), "/home/bob");
}

static void test_no_room(void **state)
{
	static char a[] = "LANG=C", *env[] = {a, NULL}, command[] = "id", *args[] = {command, NULL};
	static const struct account nobody = {.name = "nobody"};
	const struct sudo_request request = {.args = args, .assignments = none, .keep = none, .env = env};
	const struct environ_call call = {
		.request = &request, .target = &nobody, .caller = &nobody, .command = "/usr/bin/id"};
	char text[4096], *entries[32];

	(void)state;
	for (size_t room = 0; room < 15; room++) {
		struct environ made = {.entries = entries, .room = room, .text = text, .size = sizeof text};

		assert_int_equal(environ_build(&call, &made), room > 12);
	}
	for (size_t size = 0; size < 200; size++) {
		struct environ made = {.entries = entries, .room = 32, .text = text, .size = size};

		assert_false(environ_build(&call, &made));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_accounts),
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
