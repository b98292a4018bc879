#include "runner/slot/surroundings.h"

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
static struct world world; /* nothing is shown */
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

static struct error err;

static char *observe(void)
{
	_cleanup_(freep) char *profile = format("%s/job.json", dir);
	char *text = surroundings_detect(profile, NULL, &world, &err);

	assert_non_null(text);
	return text;
}

static void a_change_of_any_file_is_seen(void **state)
{
	(void)state;
	for (size_t i = 0; i < FILES; i++) {
		_cleanup_(freep) char *before = observe(), *same = observe(), *after = NULL, *gone = NULL;
		_cleanup_(freep) char *path = format("%s/%s", dir, files[i].name);

		assert_string_equal(before, same);
		put(files[i].name, "{}");
		after = observe();
		assert_string_not_equal(before, after);
		assert_int_equal(unlink(path), 0);
		gone = observe();
		assert_string_not_equal(after, gone);
		put(files[i].name, files[i].text);
	}
}

/* What has the size and the times of the other is another file all the same. */
static void a_file_in_its_place_is_seen(void **state)
{
	_cleanup_(freep) char *before = observe(), *after = NULL;
	char command[256];

	(void)state;
	snprintf(command, sizeof command, "cd %s && cp -p base.json new && mv new base.json", dir);
	assert_int_equal(system(command), 0);
	after = observe();
	assert_string_not_equal(before, after);
}

/* What `command`, run in the directory, makes of what is detected while this is shown: "" if it is the same. */
static char *change_of(const struct world *shown, const char *command)
{
	_cleanup_(freep) char *before = surroundings_detect("job", NULL, shown, &err);
	_cleanup_(freep) char *in_dir = format("cd %s && %s", dir, command);
	char *after;

	assert_int_equal(system(in_dir), 0);
	after = surroundings_detect("job", NULL, shown, &err);
	assert_non_null(before);
	assert_non_null(after);
	if (strcmp(before, after) == 0)
		after[0] = '\0';
	return after;
}

static void what_is_shown_is_seen_when_another_has_its_name(void **state)
{
	static const struct {
		const char *command;
		bool seen;
	} cases[] = {
		{"mkdir rows tools tools/node tools/node/1.0.0 && touch row hook", true},
		{"true", false},
		{"echo more >>row && echo more >>hook && touch rows/x tools/node/1.0.0/x", false},
		{"cp -p row new && mv new row", true},
		{"cp -p hook new && mv new hook", true},
		{"mv rows old && mkdir rows", true},
		{"mkdir tools/node/2.0.0", true},
		{"rmdir tools/node/2.0.0", true},
		{"mkdir tools/go", true},
		{"rm hook", true},
	};
	struct world shown = {.tools = format("%s/tools", dir)};

	(void)state;
	arguments_add(&shown.rows, "%s/row", dir);
	arguments_add(&shown.rows, "/opt/row");
	arguments_add(&shown.rows, "%s/rows", dir);
	arguments_add(&shown.rows, "/opt/rows");
	arguments_add(&shown.shown, "--ro");
	arguments_add(&shown.shown, "%s/hook:/opt/hook", dir);
	assert_non_null(shown.tools);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		_cleanup_(freep) char *change = change_of(&shown, cases[i].command);

		if ((*change != '\0') != cases[i].seen)
			fail_msg("%s: %s", cases[i].command, cases[i].seen ? "not seen" : "makes a difference");
	}
	free(shown.tools);
	arguments_free(&shown.rows);
	arguments_free(&shown.shown);
}

static void a_shipped_profile_is_no_file(void **state)
{
	_cleanup_(freep) char *once = surroundings_detect("job", NULL, &world, &err),
			      *again = surroundings_detect("job", NULL, &world, &err);

	(void)state;
	assert_non_null(once);
	assert_string_equal(once, again);
}

static char *observe_after(const char *command)
{
	char *text;

	assert_int_equal(system(command), 0);
	text = surroundings_detect("job", NULL, &world, &err);
	assert_non_null(text);
	return text;
}

/* The profile "image.json" gets its root from the one that it extends. */
static char *observe_image(void)
{
	_cleanup_(freep) char *profile = format("%s/image.json", dir);
	char *text = surroundings_detect(profile, NULL, &world, &err);

	assert_non_null(text);
	return text;
}

static void make_image(void)
{
	_cleanup_(freep) char *root = format("{\"root\": \"%s/img\", \"seccomp\": \"./calls.json\"}", dir);
	_cleanup_(freep) char *etc = format("mkdir -p %s/img/etc %s/img/srv", dir, dir);

	put("image.json", "{\"seccomp\": \"./policy.json\", \"extends\": \"root.json\"}");
	put("policy.json", "{\"root\": \"host\"}"); /* no profile's */
	put("root.json", root);
	assert_int_equal(system(etc), 0);
}

static void a_change_of_the_image_is_seen(void **state)
{
	static const char *const names[] = {"passwd", "group", "hosts", "hostname", "nsswitch.conf"};

	(void)state;
	make_image();
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		_cleanup_(freep) char *path = format("img/etc/%s", names[i]);
		_cleanup_(freep) char *missing = observe_image(), *made = NULL, *changed = NULL;

		put(path, "one");
		made = observe_image();
		assert_string_not_equal(missing, made);
		put(path, "three");
		changed = observe_image();
		assert_string_not_equal(made, changed);
	}
}

/* By its name: another tree that has the name now. */
static void a_replaced_image_is_seen(void **state)
{
	_cleanup_(freep) char *make =
		format("cd %s && mkdir -p store/names store/trees/a/root/etc store/trees/b/root/etc "
		       "&& ln -s ../trees/a store/names/one",
			dir);
	_cleanup_(freep) char *replace = format("cd %s && ln -sfn ../trees/b store/names/one", dir);
	_cleanup_(freep) char *store = format("%s/store", dir);
	_cleanup_(freep) char *before = NULL, *same = NULL, *after = NULL;

	(void)state;
	setenv("COFFERDAM_IMAGES", store, 1);
	put("image.json", "{\"root\": \"image:one\"}");
	assert_int_equal(system(make), 0);
	before = observe_image();
	same = observe_image();
	assert_string_equal(before, same);
	assert_int_equal(system(replace), 0);
	after = observe_image();
	assert_string_not_equal(before, after);
	unsetenv("COFFERDAM_IMAGES");
}

/* A link leads to a file of the image's, as for its programs. */
static void a_link_of_the_image_is_followed_inside(void **state)
{
	_cleanup_(freep) char *path = format("%s/img/etc/passwd", dir), *before = NULL, *after = NULL;

	(void)state;
	make_image();
	put("img/srv/passwd", "one");
	assert_int_equal(symlink("/srv/passwd", path), 0);
	before = observe_image();
	put("img/srv/passwd", "three");
	after = observe_image();
	assert_string_not_equal(before, after);
}

/* In a network of the test's own, whose root the test is. */
static int own_network(void **state)
{
	(void)state;
	own_uid = geteuid();
	own_gid = getegid();
	return unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) < 0 || map_root() < 0 ||
			       system("ip link set lo up") != 0
		       ? -1
		       : 0;
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
	_cleanup_(freep) char *before = observe_after("true");

	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		char *after = observe_after(changes[i]);

		if (strcmp(before, after) == 0)
			fail_msg("not seen: %s", changes[i]);
		free(before);
		before = after;
	}
}

static char *observe_network_after(const char *profile, const char *command)
{
	put("job.json", profile);
	assert_int_equal(system(command), 0);
	return observe();
}

/* Nothing of the host's network is asked for, or has to be known, where no rules are made from it. */
static void another_network_has_nothing_of_the_hosts(void **state)
{
	static const struct {
		const char *profile;
		bool seen;
	} rows[] = {
		{"{\"extends\": \"job\", \"network\": \"none\"}", false},
		{"{\"extends\": \"job\", \"network\": \"host\"}", false},
		{"{\"extends\": \"job\", \"network\": \"open\"}", true},
		{"{\"extends\": \"job\"}", true},
		{"{\"extends\": \"./base.json\"}", false},
		{"{\"extends\": \"./base.json\", \"network\": \"open\"}", true},
	};

	(void)state;
	put("base.json", "{\"extends\": \"job\", \"network\": \"none\"}");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		_cleanup_(freep) char *before = observe_network_after(rows[i].profile, "true"), *after = NULL;

		assert_int_equal(system("ip addr add 203.0.113.99/32 dev lo"), 0);
		after = observe();
		assert_int_equal(strcmp(before, after) != 0, rows[i].seen);
		assert_int_equal(system("ip addr del 203.0.113.99/32 dev lo"), 0);
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
	_cleanup_(freep) char *before = observe_after("true");

	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		_cleanup_(freep) char *after = observe_after(changes[i]);

		if (strcmp(before, after) != 0)
			fail_msg("%s: before:\n%s\nafter:\n%s", changes[i], before, after);
	}
}

/* The host's files of /etc matter where the root is the host's, and only there. */
static void the_hosts_files_are_seen_where_they_are_used(void **state)
{
	_cleanup_(freep) char *host = observe(), *image = NULL, *host_after = NULL, *image_after = NULL, *own = NULL;
	_cleanup_(freep) char *bind = format("mount --bind %s/calls.json /etc/passwd", dir);

	(void)state;
	make_image();
	image = observe_image();
	assert_int_equal(system(bind), 0);
	host_after = observe();
	image_after = observe_image();
	assert_string_not_equal(host, host_after);
	assert_string_equal(image, image_after);
	/* Its own root counts, not that of the one it extends. */
	put("image.json", "{\"root\": \"overlay\", \"extends\": \"root.json\"}");
	own = observe_image();
	assert_int_equal(system("umount /etc/passwd"), 0);
	freep(&image_after);
	image_after = observe_image();
	assert_string_not_equal(own, image_after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_change_of_any_file_is_seen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_file_in_its_place_is_seen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_shown_is_seen_when_another_has_its_name, set_up, tear_down),
		cmocka_unit_test(a_shipped_profile_is_no_file),
		cmocka_unit_test_setup_teardown(a_change_of_the_image_is_seen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_replaced_image_is_seen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_link_of_the_image_is_followed_inside, set_up, tear_down),
		/* The last four: they leave the test elsewhere. */
		cmocka_unit_test_setup(an_address_and_a_route_more_are_seen, own_network),
		cmocka_unit_test(other_changes_make_no_difference),
		cmocka_unit_test_setup_teardown(another_network_has_nothing_of_the_hosts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_hosts_files_are_seen_where_they_are_used, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
