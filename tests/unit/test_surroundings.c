#include "runner/surroundings.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];
static uid_t own_uid;
static gid_t own_gid;

static const struct {
	const char *name, *text;
} files[] = {
	{"job.json", "{\"extends\": \"base.json\"}"},
	{"base.json", "{\"extends\": \"job\", \"seccomp\": \"./calls.json\"}"},
	{"calls.json", "{\"extends\": \"calls.json\"}"}, /* a circle, which is the launcher's to refuse */
};
#define FILES (sizeof files / sizeof files[0])

static void put(const char *name, const char *text)
{
	_cleanup_(freep) char *path = format("%s/%s", dir, name);
	_cleanup_(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, strlen(text)), 0);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/surroundings-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	for (size_t i = 0; i < FILES; i++)
		put(files[i].name, files[i].text);
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static int write_file(const char *path, const char *text)
{
	_cleanup_(close_fd) int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -1 : write_all(fd, text, strlen(text));
}

/* In a new user namespace, of which only this process's ids are. */
static int map_root(void)
{
	_cleanup_(freep) char *uids = format("0 %u 1", own_uid), *gids = format("0 %u 1", own_gid);

	return write_file("/proc/self/setgroups", "deny") < 0 || write_file("/proc/self/uid_map", uids) < 0 ||
			       write_file("/proc/self/gid_map", gids) < 0
		       ? -1
		       : 0;
}

static char *look(void)
{
	_cleanup_(freep) char *profile = format("%s/job.json", dir);
	char *text = surroundings_look(profile);

	assert_non_null(text);
	return text;
}

static void a_change_of_any_file_is_seen(void **state)
{
	(void)state;
	for (size_t i = 0; i < FILES; i++) {
		_cleanup_(freep) char *before = look(), *same = look(), *after = NULL, *gone = NULL;
		_cleanup_(freep) char *path = format("%s/%s", dir, files[i].name);

		assert_string_equal(before, same);
		put(files[i].name, "{}");
		after = look();
		assert_string_not_equal(before, after);
		assert_int_equal(unlink(path), 0);
		gone = look();
		assert_string_not_equal(after, gone);
		put(files[i].name, files[i].text);
	}
}

/* What has the size and the times of the other is another file all the same. */
static void a_file_in_its_place_is_seen(void **state)
{
	_cleanup_(freep) char *before = look(), *after = NULL;
	char command[256];

	(void)state;
	snprintf(command, sizeof command, "cd %s && cp -p base.json new && mv new base.json", dir);
	assert_int_equal(system(command), 0);
	after = look();
	assert_string_not_equal(before, after);
}

static void a_shipped_profile_is_no_file(void **state)
{
	_cleanup_(freep) char *once = surroundings_look("job"), *again = surroundings_look("job");

	(void)state;
	assert_non_null(once);
	assert_string_equal(once, again);
}

static char *look_after(const char *command)
{
	char *text;

	assert_int_equal(system(command), 0);
	text = surroundings_look("job");
	assert_non_null(text);
	return text;
}

/* In a network of the test's own, whose root the test is. */
static int own_network(void **state)
{
	(void)state;
	own_uid = geteuid();
	own_gid = getegid();
	return unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 || map_root() < 0 || system("ip link set lo up") != 0 ? -1 : 0;
}

static void an_address_and_a_route_more_are_seen(void **state)
{
	static const char *const changes[] = {
		"ip addr add 203.0.113.7/32 dev lo",
		"ip addr add 2001:db8::7/128 dev lo",
		"ip route add local 198.51.100.0/24 dev lo",
		"ip -6 route add local 2001:db8:1::/64 dev lo",
		"ip route add 192.0.2.1 dev lo",
		"ip route add 192.0.2.2 dev lo table 100",
		"ip -6 route add 2001:db8:2::1 dev lo",
		"ip route add 198.18.0.0/24 via 192.0.2.3 dev lo onlink",
		"ip route del 192.0.2.2 dev lo table 100",
	};
	_cleanup_(freep) char *before = look_after("true");

	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		char *after = look_after(changes[i]);

		if (strcmp(before, after) == 0)
			fail_msg("not seen: %s", changes[i]);
		free(before);
		before = after;
	}
}

/* What comes and goes without a meaning for the rules, and the order in which things came. */
static void other_changes_make_no_difference(void **state)
{
	static const char *const changes[] = {
		"ip route add unreachable 198.51.100.128/25",
		"ip route add blackhole 203.0.0.0/16",
		"ip route add 198.18.1.0/24 via 192.0.2.3 dev lo onlink",
		"ip route add 192.0.2.1 dev lo table 200 metric 7",
		"ip route add default dev lo",
		"ip route add local default dev lo table 100",
		"ip route del 192.0.2.1 dev lo && ip route add 192.0.2.1 dev lo",
		"ip addr del 203.0.113.7/32 dev lo && ip addr add 203.0.113.7/32 dev lo",
	};
	_cleanup_(freep) char *before = look_after("true");

	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		_cleanup_(freep) char *after = look_after(changes[i]);

		if (strcmp(before, after) != 0)
			fail_msg("%s: before:\n%s\nafter:\n%s", changes[i], before, after);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_change_of_any_file_is_seen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_file_in_its_place_is_seen, set_up, tear_down),
		cmocka_unit_test(a_shipped_profile_is_no_file),
		/* The last two: they leave the test elsewhere. */
		cmocka_unit_test_setup(an_address_and_a_route_more_are_seen, own_network),
		cmocka_unit_test(other_changes_make_no_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
