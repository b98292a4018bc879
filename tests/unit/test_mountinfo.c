#include "common/mountinfo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void lines(void **state)
{
	char text[] = "\n"
		      "no line at all\n"
		      "1 0 0:6 / - short\n"
		      "1 0 0:6 / /x rw - no_source\n"
		      "30 22 0:26 /sub /sys/fs/cgroup ro,nosuid shared:4 master:2 - cgroup2 none rw,nsdelegate\n"
		      "31 22 0:27 / /a\\040-\\040b rw - tmpfs tmpfs rw\n"
		      "32 22 0:28 / /c rw - tmpfs tmpfs";
	char *rest = text;
	struct mountinfo line;

	(void)state;
	assert_true(mountinfo_next(&rest, &line));
	assert_int_equal(line.id, 30);
	assert_string_equal(line.device, "0:26");
	assert_string_equal(line.root, "/sub");
	assert_string_equal(line.point, "/sys/fs/cgroup");
	assert_string_equal(line.options, "ro,nosuid");
	assert_string_equal(line.type, "cgroup2");
	assert_string_equal(line.super, "rw,nsdelegate");
	assert_true(mountinfo_next(&rest, &line));
	assert_string_equal(line.point, "/a\\040-\\040b");
	mountinfo_unescape(line.point);
	assert_string_equal(line.point, "/a - b");
	assert_string_equal(line.super, "rw");
	assert_true(mountinfo_next(&rest, &line));
	assert_int_equal(line.id, 32);
	assert_string_equal(line.super, "");
	assert_false(mountinfo_next(&rest, &line));
	assert_false(mountinfo_next(&rest, &line));
}

static void escapes(void **state)
{
	static const struct {
		const char *written, *meant;
	} cases[] = {
		{"/a\\040b\\011\\012\\134", "/a b\t\n\\"},
		{"/\\04", "/\\04"},
		{"/\\", "/\\"},
		{"/\\400\\08", "/\\400\\08"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char name[64];

		snprintf(name, sizeof name, "%s", cases[i].written);
		mountinfo_unescape(name);
		assert_string_equal(name, cases[i].meant);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(escapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
