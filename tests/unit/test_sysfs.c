/* What of /sys is to be covered, on a tree that looks like it: nothing is covered there, and each is missed. */
#include "sandbox/root/sysfs.h"

#include "common/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>

#include "tests/unit/place.h"

static char target[128];

static void make(const struct place *place, const char *path)
{
	char command[320];

	snprintf(command, sizeof command, "mkdir -p '%s/%s'", place->path, path);
	assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): a test's own directory */
}

/* All processors have them, or none: any of them is asked. */
static void make_counters(const struct place *place)
{
	const long cpus = sysconf(_SC_NPROCESSORS_CONF);
	char path[96];

	for (long i = 0; i < cpus; i++) {
		snprintf(path, sizeof path, "sys/devices/system/cpu/cpu%ld/thermal_throttle", i);
		make(place, path);
	}
}

/* How many are not covered, of what is shown of `source` in the place. */
static uint64_t missed(const struct place *place, enum plan_mount_kind kind, const char *source)
{
	_cleanup_(close_fd) int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char from[64];
	const struct plan_mount mount = {.kind = kind, .source = from, .target = target};
	uint64_t uncovered = 0;
	struct error err;

	snprintf(from, sizeof from, "%s", source);
	snprintf(target, sizeof target, "%s%s", place->path, source);
	if (sysfs_inspect(&mount, root, &uncovered, &err) < 0)
		fail_msg("%s: %s", source, err.text);
	return uncovered;
}

static void each_of_them_is_looked_at(void **state)
{
	const struct place *place = *state;
	const long cpus = sysconf(_SC_NPROCESSORS_CONF);

	assert_int_equal(missed(place, PLAN_MOUNT_BIND, "/sys"), 0); /* nothing is there */
	make(place, "sys/firmware");
	make(place, "sys/fs/selinux");
	make(place, "sys/devices/virtual/powercap/intel-rapl");
	make(place, "sys/devices/virtual/net");
	assert_int_equal(missed(place, PLAN_MOUNT_BIND, "/sys"), 3);
	assert_int_equal(missed(place, PLAN_MOUNT_BIND, "/sys/fs"), 1);
	assert_int_equal(missed(place, PLAN_MOUNT_BIND, "/sys/devices"), 1);
	make_counters(place);
	make(place, "sys/devices/system/cpu/cpufreq/thermal_throttle"); /* no processor */
	assert_int_equal(missed(place, PLAN_MOUNT_BIND, "/sys"), 3 + cpus);
	assert_int_equal(missed(place, PLAN_MOUNT_BIND, "/sys/devices/system/cpu"), cpus);
	assert_int_equal(missed(place, PLAN_MOUNT_BIND, "/sys/devices/system/cpu/cpu0"), 1);
}

/* Whoever asks for one of them by name gets it. */
static void others_are_left_alone(void **state)
{
	const struct place *place = *state;
	const long cpus = sysconf(_SC_NPROCESSORS_CONF);

	make(place, "sys/firmware/acpi");
	make_counters(place);
	make(place, "sys/devices/system/cpu/cpu0/topology/thermal_throttle");
	make(place, "sys/devices/system/cpu/cpufreq/thermal_throttle");
	make(place, "system/firmware");
	assert_int_equal(missed(place, PLAN_MOUNT_BIND, "/sys/firmware"), 0);
	assert_int_equal(missed(place, PLAN_MOUNT_BIND, "/sys/firmware/acpi"), 0);
	assert_int_equal(missed(place, PLAN_MOUNT_BIND, "/sys/devices/system/cpu/cpu0/topology"), 0);
	assert_int_equal(missed(place, PLAN_MOUNT_BIND, "/sys/devices/system/cpu/cpufreq"), 0);
	assert_int_equal(missed(place, PLAN_MOUNT_BIND, "/system"), 0);
	assert_int_equal(missed(place, PLAN_MOUNT_TMPFS, "/sys"), 0);
	assert_int_equal(missed(place, PLAN_MOUNT_BIND, "/sys"), 1 + cpus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_of_them_is_looked_at, place_make, place_remove),
		cmocka_unit_test_setup_teardown(others_are_left_alone, place_make, place_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
