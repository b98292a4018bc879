#include "common/cleanup.h"
#include "policy/etc/etc.h"
#include "tests/unit/resolve.h"

#include <stdlib.h>

#define ROOT "root:x:0:0:root:/root:/bin/bash\n"
#define ANN "ann:x:1000:1000:Ann,,,:/home/ann:/bin/zsh\n"

static void check(char *text, const char *expected)
{
	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void the_home_of_the_row_is_home(void **state)
{
	static const struct {
		unsigned uid;
		const char *home, *root, *expected;
	} cases[] = {
		{1000, "/home/job", ROOT ANN, ROOT "ann:x:1000:1000:Ann,,,:/home/job:/bin/zsh\n"},
		{0, "/home/job", ROOT ANN, "root:x:0:0:root:/home/job:/bin/bash\n" ANN},
		{1000, "/", "ann:x:1000:1::/home/ann:", "ann:x:1000:1::/:"},
		/* The first row is the one that is found. */
		{1000, "/j", ANN "two:x:1000:1::/two:/bin/sh\n",
			"ann:x:1000:1000:Ann,,,:/j:/bin/zsh\ntwo:x:1000:1::/two:/bin/sh\n"},
		/* What is no value of a field changes nothing. */
		{1000, NULL, ROOT ANN, ROOT ANN},
		{1000, "", ROOT ANN, ROOT ANN},
		{1000, "relative", ROOT ANN, ROOT ANN},
		{1000, "/a:/bin/sh", ROOT ANN, ROOT ANN},
		{1000, "/a\nroot2:x:0:0::/:/bin/sh", ROOT ANN, ROOT ANN},
		/* No row of that uid, although it looks like one. */
		{100, "/j", "a:x:1000:1::/:\nb:x:0100x:1::/:\n+c:x:100:1::/:\n#d:x:100:1::/:\ne:x:100:1::/\n",
			"a:x:1000:1::/:\nb:x:0100x:1::/:\n+c:x:100:1::/:\n#d:x:100:1::/:\ne:x:100:1::/\njob:x:100:7::/j:/bin/sh\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		check(etc_passwd(
			      cases[i].root, &(struct etc_user){.uid = cases[i].uid, .gid = 7, .home = cases[i].home}),
			cases[i].expected);
}

static void a_user_without_a_row_gets_one(void **state)
{
	static const struct {
		const char *name, *home, *root, *expected;
	} cases[] = {
		{NULL, "/home/job", ROOT, ROOT "job:x:70000:70001::/home/job:/bin/sh\n"},
		{NULL, NULL, "root:x:0:0::/:", "root:x:0:0::/:\njob:x:70000:70001::/:/bin/sh\n"},
		{"ann@site", "/h", ROOT, ROOT "ann@site:x:70000:70001::/h:/bin/sh\n"},
		{"SITE\\ann", "/h", "", "SITE\\ann:x:70000:70001::/h:/bin/sh\n"},
		/* Taken, or no name. */
		{"root", "/h", ROOT, ROOT "job:x:70000:70001::/h:/bin/sh\n"},
		{"a:b", "/h", "", "job:x:70000:70001::/h:/bin/sh\n"},
		{"a\nb", "/h", "", "job:x:70000:70001::/h:/bin/sh\n"},
		{"+a", "/h", "", "job:x:70000:70001::/h:/bin/sh\n"},
		{"", "/h", "", "job:x:70000:70001::/h:/bin/sh\n"},
		{NULL, "/h", "job:x:1:1::/:\njob1:x:2:2::/:\n",
			"job:x:1:1::/:\njob1:x:2:2::/:\njob2:x:70000:70001::/h:/bin/sh\n"},
		/* A root without users. */
		{NULL, "/h", NULL,
			"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n"
			"job:x:70000:70001::/h:/bin/sh\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		check(etc_passwd(cases[i].root,
			      &(struct etc_user){
				      .uid = 70000, .gid = 70001, .name = cases[i].name, .home = cases[i].home}),
			cases[i].expected);
}

static void groups_have_names(void **state)
{
	static const struct {
		unsigned gid;
		const char *name, *root, *expected;
	} cases[] = {
		{7, NULL, "a:x:7:\nnogroup:x:65534:\n", "a:x:7:\nnogroup:x:65534:\n"},
		{7, NULL, "a:x:8:b,c\nnogroup:x:65534:", "a:x:8:b,c\nnogroup:x:65534:\njob:x:7:\n"},
		{7, "ann", "a:x:8:\nnobody:x:65534:\n", "a:x:8:\nnobody:x:65534:\nann:x:7:\n"},
		{7, "a", "a:x:8:\nnobody:x:65534:\n", "a:x:8:\nnobody:x:65534:\njob:x:7:\n"},
		{7, NULL, "", "job:x:7:\nnogroup:x:65534:\n"},
		{7, NULL, NULL, "root:x:0:\nnogroup:x:65534:\njob:x:7:\n"},
		{65534, NULL, "a:x:7:\n", "a:x:7:\njob:x:65534:\n"},
		{0, NULL, NULL, "root:x:0:\nnogroup:x:65534:\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		check(etc_group(cases[i].root, &(struct etc_user){.gid = cases[i].gid, .name = cases[i].name}),
			cases[i].expected);
}

#define LOCAL "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"

static void the_host_name_is_loopback(void **state)
{
	static const struct {
		const char *hostname, *root, *expected;
	} cases[] = {
		{"c", NULL, LOCAL "127.0.0.1\tc\n::1\tc\n"},
		{"c", "", LOCAL "127.0.0.1\tc\n::1\tc\n"},
		{"c.example.org", "127.0.0.1 localhost",
			"127.0.0.1 localhost\n127.0.0.1\tc.example.org c\n::1\tc.example.org c\n"},
		/* What localhost is, is said already. */
		{"c", "127.0.0.1\tlocalhost\n10.0.0.1 db # ours\n",
			"127.0.0.1\tlocalhost\n10.0.0.1 db # ours\n127.0.0.1\tc\n::1\tc\n"},
		{"c", "127.0.0.1 LocalHost C\n", "127.0.0.1 LocalHost C\n::1\tc\n"},
		/* Debian's row for a name without an address: any other than 127.0.0.1 is another address. */
		{"c", LOCAL "127.0.1.1 c.lan c\n", LOCAL "127.0.1.1\tc.lan\n127.0.0.1\tc\n::1\tc\n"},
		{"c", LOCAL "127.0.1.1\tc\n", LOCAL "127.0.0.1\tc\n::1\tc\n"},
		{"c", LOCAL "127.0.0.10 c\n::10 c d\n", LOCAL "::10\td\n127.0.0.1\tc\n::1\tc\n"},
		/* The whole name and its first label are two names: each is given the address that it lacks. */
		{"c.d", LOCAL "127.0.0.1 c\n::1 C.D\n", LOCAL "127.0.0.1 c\n::1 C.D\n127.0.0.1\tc.d\n::1\tc\n"},
		{"c.d", LOCAL "127.0.0.1 c\n::1 c.d c\n127.0.0.1 c.d\n",
			LOCAL "127.0.0.1 c\n::1 c.d c\n127.0.0.1 c.d\n"},
		{"c.", LOCAL "127.0.0.1 c\n", LOCAL "127.0.0.1 c\n127.0.0.1\tc.\n::1\tc. c\n"},
		{"c", LOCAL "::1 c\n", LOCAL "::1 c\n127.0.0.1\tc\n"},
		{"localhost", "", LOCAL},
		{"localhost", LOCAL, LOCAL},
		/* The host name is nothing else. */
		{"c.d", LOCAL "10.0.0.1 c.d  db\tC # c\n10.0.0.2 c\n10.0.0.3 cc\n#10.0.0.4 c\n",
			LOCAL "10.0.0.1\tdb\n10.0.0.3 cc\n#10.0.0.4 c\n127.0.0.1\tc.d c\n::1\tc.d c\n"},
		{"c", LOCAL "fe80::1 c\n10.0.0.1\n\n", LOCAL "10.0.0.1\n\n127.0.0.1\tc\n::1\tc\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		check(etc_hosts(cases[i].root, cases[i].hostname), cases[i].expected);
	check(etc_hostname("c.d"), "c.d\n");
}

static void only_services_that_are_there_are_asked(void **state)
{
	static const struct {
		const char *root, *expected;
	} cases[] = {
		{"passwd: files systemd\nhosts: files dns # sss\nnetgroup: nis\n", NULL},
		{"passwd: files sss\n#hosts: resolve\n", "passwd: files\n#hosts: resolve\n"},
		{"hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns", "hosts: files myhostname dns\n"},
		{"hosts:\tfiles mdns4_minimal [NOTFOUND=return] dns mdns4\n", "hosts: files dns\n"},
		{"hosts: files [SUCCESS=merge] resolve\n", "hosts: files [SUCCESS=merge] dns\n"},
		{"group: sss[NOTFOUND=return]\nhosts: nis\n", "group: files\nhosts: files dns\n"},
		{"  shadow :ldap compat", "  shadow : compat\n"},
		{"hosts: files [open\nx: sss\n:sss\n", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		check(etc_nsswitch(cases[i].root), cases[i].expected != NULL ? cases[i].expected : cases[i].root);
	assert_false(etc_nsswitch_knows_more("passwd: files systemd\ngroup: sss\n"));
	assert_false(etc_nsswitch_knows_more("passwd: files # sss\n#passwd: sss\n"));
	assert_true(etc_nsswitch_knows_more("hosts: dns\npasswd: files [NOTFOUND=continue] sss\n"));
	assert_true(etc_nsswitch_knows_more("passwd: files extrausers"));
}

#define ALL (1u << ETC_PASSWD | 1u << ETC_GROUP | 1u << ETC_HOSTS | 1u << ETC_HOSTNAME)

static unsigned made(const struct plan *plan)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < ETC_COUNT; i++)
		bits |= (unsigned)(plan->etc.texts[i] != NULL) << i;
	return bits;
}

/* What is to be made of these files, with HOME=/home/job. */
static void places(void **state)
{
	static char passwd[] = "job:x:1000:1000::/home/job:/bin/sh\n", group[] = "job:x:1000:\nnogroup:x:65534:\n",
		    hosts[] = "127.0.0.1 localhost\n", remote[] = "passwd: files sss\n", none[] = "";
	static const struct facts_etc agreed = {.files = {[ETC_PASSWD] = {.text = passwd},
							[ETC_GROUP] = {.text = group},
							[ETC_HOSTS] = {.text = hosts},
							[ETC_HOSTNAME] = {.text = none},
							[ETC_NSSWITCH] = {.missing = true}}},
				      empty_files = {.files = {[ETC_PASSWD] = {.text = none},
							     [ETC_GROUP] = {.text = none},
							     [ETC_HOSTS] = {.text = none},
							     [ETC_HOSTNAME] = {.text = none},
							     [ETC_NSSWITCH] = {.text = remote}}},
				      missing = {.files = {{.missing = true}, {.missing = true}, {.missing = true},
							 {.missing = true}, {.missing = true}}},
				      unreadable = {.files = {{.text = NULL}}}, link = {.no_directory = true};
	static const struct {
		const char *root;
		struct pair row;
		const struct facts_etc *facts;
		unsigned made;
		enum etc_place place;
	} cases[] = {
		{"host", {"ro", "/etc"}, &agreed, 1u << ETC_HOSTS | 1u << ETC_HOSTNAME, ETC_OVER},
		{"host", {"ro", "/etc"}, &empty_files, ALL | 1u << ETC_NSSWITCH, ETC_OVER},
		{"host", {"view", "/etc"}, &empty_files, ALL | 1u << ETC_NSSWITCH, ETC_OVER},
		{"host", {"ro", "/etc"}, &missing, 0, ETC_OVER},
		{"host", {"ro", "/etc"}, &unreadable, 0, ETC_OVER},
		{"host", {"ro", "/etc"}, NULL, 0, ETC_OVER},
		/* None is shown: not the host's rows either. */
		{"host", {"ro", "/usr"}, &agreed, ALL, ETC_OVER},
		{"overlay", {"ro", "/usr"}, &agreed, ALL, ETC_BELOW},
		{"/img", {"ro", "/usr"}, &agreed, 1u << ETC_HOSTS | 1u << ETC_HOSTNAME, ETC_BELOW},
		{"/img", {"ro", "/usr"}, &missing, ALL, ETC_BELOW},
		{"/img", {"ro", "/usr"}, &empty_files, ALL, ETC_BELOW},
		{"/img", {"ro", "/usr"}, &unreadable, 0, ETC_BELOW},
		{"/img", {"ro", "/usr"}, &link, 0, ETC_OVER},
		/* The caller's own. */
		{"host", {"ro", "/srv:/etc"}, &empty_files, 0, ETC_OVER},
		{"host", {"rw", "/etc"}, &empty_files, 0, ETC_OVER},
		{"overlay", {"ro", "/srv:/etc"}, &empty_files, 0, ETC_OVER},
		{"/img", {"tmpfs", "/etc"}, &empty_files, 0, ETC_OVER},
		{"/img", {"hide", "/etc"}, &empty_files, 0, ETC_OVER},
		{"/img", {"ro", "/srv:/etc/passwd"}, &empty_files, ALL & ~(1u << ETC_PASSWD), ETC_BELOW},
		{"/img", {"hide", "/etc/hosts"}, &missing, ALL & ~(1u << ETC_HOSTS), ETC_BELOW},
		{"/img", {"ro", "/srv:/etc/ssl"}, &missing, ALL, ETC_BELOW},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		_cleanup_(plan_free) struct plan plan = {0};
		struct facts facts = no_cgroup;

		facts.uid = facts.gid = 1000;
		facts.etc = cases[i].facts;
		MAKE(&plan, {"root", cases[i].root}, {"env", "HOME=/home/job"}, cases[i].row);
		resolve(&plan, &facts);
		if (made(&plan) != cases[i].made || plan.etc.place != cases[i].place)
			fail_msg("case %zu: %#x, place %d", i, made(&plan), plan.etc.place);
	}
}

static void who_the_job_is(void **state)
{
	static char passwd[] = "a:x:1:1::/:\n";
	static char name[] = "ann";
	static const struct facts_etc etc = {.files = {[ETC_PASSWD] = {.text = passwd}}, .user = name};
	_cleanup_(plan_free) struct plan plan = {0};
	struct facts facts = no_cgroup;

	(void)state;
	facts.uid = 1000;
	facts.gid = 1001;
	facts.etc = &etc;
	MAKE(&plan, {"ro", "/etc"}, {"env", "HOME=/h"}, {"hostname", "box"});
	resolve(&plan, &facts);
	assert_string_equal(plan.etc.texts[ETC_PASSWD], "a:x:1:1::/:\nann:x:1000:1001::/h:/bin/sh\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_home_of_the_row_is_home),
		cmocka_unit_test(a_user_without_a_row_gets_one),
		cmocka_unit_test(groups_have_names),
		cmocka_unit_test(the_host_name_is_loopback),
		cmocka_unit_test(only_services_that_are_there_are_asked),
		cmocka_unit_test(places),
		cmocka_unit_test(who_the_job_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
