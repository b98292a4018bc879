#include "sandbox/cgroup_parse.h"

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
	assert_true(cgroup_parse_mount(text, &root, &point));
	assert_string_equal(root, "/sub");
	assert_string_equal(point, "/sys/fs/cgroup");
}

/* A mount point may be called anything: only the type behind " - " counts. */
static void mount_that_only_looks_like_one(void **state)
{
	char text[] = "30 22 0:26 / /cgroup2 rw - tmpfs cgroup2 rw\n", few[] = "1 2 - cgroup2 x\n";
	char *root, *point;

	(void)state;
	assert_false(cgroup_parse_mount(text, &root, &point));
	assert_false(cgroup_parse_mount(few, &root, &point));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_path_of_a_pure_v2_host),
		cmocka_unit_test(own_path_of_a_hybrid_host),
		cmocka_unit_test(no_v2_line),
		cmocka_unit_test(mount_with_optional_fields),
		cmocka_unit_test(mount_that_only_looks_like_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
