#include "sandbox/cgroup/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void own_path_of_a_pure_v2_host(void **state)
{
	char text[] = "0::/user.slice/user-1000.slice/session-2.scope\n";

	(void)state;
	assert_string_equal(cgroup_parse_own(text), "/user.slice/user-1000.slice/session-2.scope");
}

static void own_path_of_a_hybrid_host(void **state)
{
	char text[] = "9:name=systemd:/x\n8:pids:/y\n10::/z\n0::/deleg/run\n";

	(void)state;
	assert_string_equal(cgroup_parse_own(text), "/deleg/run");
}

static void no_v2_line(void **state)
{
	char text[] = "8:pids:/\n", empty[] = "";

	(void)state;
	assert_null(cgroup_parse_own(text));
	assert_null(cgroup_parse_own(empty));
}

static void mount_with_optional_fields(void **state)
{
	char text[] = "22 1 259:0 / / rw,relatime shared:1 - ext4 /dev/root rw\n"
		      "30 22 0:26 /sub /sys/fs/cgroup rw,nosuid shared:4 master:2 - cgroup2 cgroup2 rw,nsdelegate\n";
	char *root, *point;

	(void)state;
	assert_int_equal(cgroup_parse_mount(text, "/sub/x", &root, &point), CGROUP_MOUNT_FOUND);
	assert_string_equal(root, "/sub");
	assert_string_equal(point, "/sys/fs/cgroup");
}

/* A mount point may be called anything: only the type behind " - " counts. */
static void mount_that_only_looks_like_one(void **state)
{
	char text[] = "30 22 0:26 / /cgroup2 rw - tmpfs cgroup2 rw\n", few[] = "1 2 - cgroup2 x\n";
	char *root, *point;

	(void)state;
	assert_int_equal(cgroup_parse_mount(text, "/", &root, &point), CGROUP_MOUNT_NONE);
	assert_int_equal(cgroup_parse_mount(few, "/", &root, &point), CGROUP_MOUNT_NONE);
}

static void mount_with_escapes(void **state)
{
	char text[] = "30 22 0:26 /a\\134b /mnt/with\\040space\\011tab rw - cgroup2 none rw\n";
	char broken[] = "30 22 0:26 / /x\\04 rw - cgroup2 none rw\n30 22 0:26 / /y\\";
	char *root, *point;

	(void)state;
	assert_int_equal(cgroup_parse_mount(text, "/a\\b", &root, &point), CGROUP_MOUNT_FOUND);
	assert_string_equal(root, "/a\\b");
	assert_string_equal(point, "/mnt/with space\ttab");
	assert_int_equal(cgroup_parse_mount(broken, "/", &root, &point), CGROUP_MOUNT_FOUND);
	assert_string_equal(point, "/x\\04");
}

/* In a container the mount of the host's namespace is still listed, covered by the container's own. */
static void mount_of_another_namespace(void **state)
{
	static const char lines[] = "30 22 0:26 /../.. /sys/fs/cgroup rw - cgroup2 none rw\n"
				    "40 22 0:26 /pod /other rw - cgroup2 none rw\n"
				    "41 30 0:26 / /sys/fs/cgroup rw - cgroup2 none rw\n";
	char text[sizeof lines], *root, *point;

	(void)state;
	memcpy(text, lines, sizeof lines);
	assert_int_equal(cgroup_parse_mount(text, "/podlet", &root, &point), CGROUP_MOUNT_FOUND);
	assert_string_equal(root, "/");
	memcpy(text, lines, sizeof lines);
	assert_int_equal(cgroup_parse_mount(text, "/pod/x", &root, &point), CGROUP_MOUNT_FOUND);
	assert_string_equal(point, "/other");
	memcpy(text, lines, sizeof lines);
	*strrchr(text, '4') = '\0';
	assert_int_equal(cgroup_parse_mount(text, "/x", &root, &point), CGROUP_MOUNT_OUTSIDE);
}

static void numbers(void **state)
{
	static const char events[] = "low 0\nhigh 17\nmax 3\noom 2\noom_kill 5\noom_group_kill 1\n";

	(void)state;
	assert_int_equal(cgroup_parse_number(events, "oom_kill"), 5);
	assert_int_equal(cgroup_parse_number(events, "oom"), 2);
	assert_int_equal(cgroup_parse_number(events, "low"), 0);
	assert_int_equal(cgroup_parse_number(events, "kill"), 0);
	assert_int_equal(cgroup_parse_number("33554432\n", ""), 33554432);
	assert_int_equal(cgroup_parse_number("max\n", ""), 0);
	assert_int_equal(cgroup_parse_number("", "oom"), 0);
	assert_int_equal(cgroup_parse_number("", ""), 0);
}

static void io_of_all_devices(void **state)
{
	static const char stat[] = "259:0 rbytes=4096 wbytes=100 rios=1 wios=1 dbytes=0 dios=0\n"
				   "254:0 rbytes=1 wbytes=23 rios=1 wios=0 dbytes=7 dios=0\n7:0 \n";

	(void)state;
	assert_int_equal(cgroup_parse_io(stat, "rbytes"), 4097);
	assert_int_equal(cgroup_parse_io(stat, "wbytes"), 123);
	assert_int_equal(cgroup_parse_io(stat, "bytes"), 0);
	assert_int_equal(cgroup_parse_io("", "rbytes"), 0);
	assert_true(cgroup_parse_io("8:0 rbytes=18446744073709551615\n8:1 rbytes=2\n", "rbytes") == UINT64_MAX);
}

static void words(void **state)
{
	(void)state;
	assert_true(cgroup_parse_has("cpuset cpu io memory pids\n", "cpu"));
	assert_true(cgroup_parse_has("cpuset cpu io memory pids\n", "pids"));
	assert_true(cgroup_parse_has("cpu", "cpu"));
	assert_false(cgroup_parse_has("cpuset io\n", "cpu"));
	assert_false(cgroup_parse_has("xcpu cpux\n", "cpu"));
	assert_false(cgroup_parse_has("", "cpu"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_path_of_a_pure_v2_host),
		cmocka_unit_test(own_path_of_a_hybrid_host),
		cmocka_unit_test(no_v2_line),
		cmocka_unit_test(mount_with_optional_fields),
		cmocka_unit_test(mount_that_only_looks_like_one),
		cmocka_unit_test(mount_with_escapes),
		cmocka_unit_test(mount_of_another_namespace),
		cmocka_unit_test(numbers),
		cmocka_unit_test(io_of_all_devices),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
