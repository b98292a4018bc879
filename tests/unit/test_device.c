/* Which devices can be granted, and what the others are told. */
#include "policy/device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void what_can_be_granted_has_a_row(void **state)
{
	static const struct {
		const char *path;
		int major, minor;
	} known[] = {{"/dev/kvm", 10, 232}, {"/dev/fuse", 10, 229}, {"/dev/net/tun", 10, 200},
		{"/dev/dri/card0", 226, DEVICE_ANY}, {"/dev/dri/renderD128", 226, DEVICE_ANY},
		{"/dev/kfd", DEVICE_ANY, DEVICE_ANY}, {"/dev/nvidiactl", 195, 255}, {"/dev/nvidia0", 195, DEVICE_ANY},
		{"/dev/nvidia-uvm", DEVICE_ANY, DEVICE_ANY}};

	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		const struct device *row = device_find(known[i].path);

		assert_non_null(row);
		assert_int_equal(row->major, known[i].major);
		assert_int_equal(row->minor, known[i].minor);
		assert_true(row->gives[0] != '\0' && row->remedy[0] != '\0');
	}
}

static void everything_else_is_refused(void **state)
{
	static const char *const refused[][2] = {{"/dev/mem", "the memory of the machine"}, {"/dev/sda1", "a disk"},
		{"/dev/nvme0n1", "a disk"}, {"/dev/vfio/vfio", "hardware"}, {"/dev/vhost-net", "the kernel"},
		{"/dev/tty1", "a terminal of the host"}, {"/dev/pts/0", "a terminal of the host"},
		{"/dev/null", "every job has it"}, {"/dev/tty", "every job has it"}, {"/dev/dri", "not a device"},
		{"/dev/dri/card0/x", "not a device"}, {"/dev/kvm0", "not a device"}, {"/kvm", "not a device"},
		{"/dev", "not a device"}, {"/dev/net", "not a device"}};

	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct error err = {0};

		assert_null(device_find(refused[i][0]));
		assert_int_equal(device_refuse(refused[i][0], &err), -1);
		assert_non_null(strstr(err.text, refused[i][0]));
		assert_non_null(strstr(err.text, refused[i][1]));
	}
}

static void another_device_at_the_name_does_not_match(void **state)
{
	static const struct {
		const char *path;
		unsigned major, minor;
		const char *kernels_name;
		bool matches;
	} cases[] = {
		{"/dev/fuse", 10, 229, "fuse", true},
		{"/dev/fuse", 10, 229, NULL, true},
		{"/dev/fuse", 10, 232, NULL, false},
		{"/dev/fuse", 1, 3, "null", false},
		{"/dev/net/tun", 10, 200, "net/tun", true},
		{"/dev/dri/card0", 226, 0, "dri/card0", true},
		{"/dev/dri/card0", 226, 7, NULL, true},
		{"/dev/dri/card0", 226, 1, "dri/card1", false},
		{"/dev/dri/renderD128", 226, 0, "dri/card0", false},
		{"/dev/dri/card0", 227, 0, NULL, false},
		{"/dev/kfd", 238, 0, "kfd", true},
		{"/dev/kfd", 511, 0, NULL, true},
		{"/dev/kfd", 238, 0, "hidraw0", false},
		{"/dev/kfd", 238, 0, "kfd1", false},
		{"/dev/kfd", 1, 1, NULL, false},    /* /dev/mem */
		{"/dev/kfd", 10, 232, NULL, false}, /* /dev/kvm */
		{"/dev/kfd", 233, 0, NULL, false},
		{"/dev/kfd", 255, 0, NULL, false},
		{"/dev/kfd", 383, 0, NULL, false},
		{"/dev/kfd", 512, 0, NULL, false},
		{"/dev/nvidia-uvm", 384, 0, NULL, true},
		{"/dev/nvidia-uvm", 13, 64, "input/event0", false},
		{"/dev/nvidia0", 195, 0, NULL, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (device_matches(device_find(cases[i].path), cases[i].path, cases[i].major, cases[i].minor,
			    cases[i].kernels_name) != cases[i].matches)
			fail_msg("case %zu: %s", i, cases[i].path);
}

/* Where the sandbox makes them there is room for one directory. */
static void names_are_below_dev(void **state)
{
	(void)state;
	for (size_t i = 0; i < devices_count; i++) {
		const char *name = devices[i].path + strlen("/dev/"), *slash = strchr(name, '/');

		assert_int_equal(strncmp(devices[i].path, "/dev/", strlen("/dev/")), 0);
		assert_true(slash == NULL || strchr(slash + 1, '/') == NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_can_be_granted_has_a_row),
		cmocka_unit_test(everything_else_is_refused),
		cmocka_unit_test(another_device_at_the_name_does_not_match),
		cmocka_unit_test(names_are_below_dev),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
