#include "runner/state/room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MIB(n) (UINT64_C(n) << 20)

static void meminfo(void **state)
{
	(void)state;
	assert_true(
		room_meminfo("MemTotal:       1024 kB\nMemFree:  1 kB\nMemAvailable:    2048 kB\nX: 1 kB\n") == MIB(2));
	assert_true(room_meminfo("MemTotal: 1024 kB\nMemAvailable: 0 kB\n") == 0);
	assert_true(room_meminfo("MemTotal: 1024 kB\nXMemAvailable: 2048 kB\n") == 0);
	assert_true(room_meminfo("MemTotal: 1024 kB\nMemAvailable:") == 0);
	assert_true(room_meminfo("MemTotal: 1 kB\nMemAvailable: 99999999999999999999 kB\n") == 0);
	assert_true(room_meminfo("") == 0);
}

static void cgroup(void **state)
{
	static const struct {
		const char *max, *current, *stat;
		uint64_t room;
	} rows[] = {
		{"max\n", "1048576\n", "", UINT64_MAX},
		{"4194304\n", "1048576\n", "", MIB(3)},
		/* Cache goes when it is asked for. */
		{"4194304\n", "4194304\n", "anon 1\ninactive_file 2097152\nslab_reclaimable 1048576\n", MIB(3)},
		{"4194304\n", "4194304\n", "active_file 2097152\n", 0},
		{"4194304\n", "8388608\n", "", 0},
		{"4194304\n", "1\n", "inactive_file 2097152\n", MIB(4)},
		{"0\n", "0\n", "", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_true(room_of_cgroup(rows[i].max, rows[i].current, rows[i].stat) == rows[i].room);
}

static void host(void **state)
{
	static const char *const here[] = {"/tmp", "/"}, *const none[] = {"/tmp", "/nowhere"};
	char why[ROOM_WHY_MAX] = "";

	(void)state;
	assert_true(room_has(&(struct room_wanted){0, 0}, none, 2, why));
	assert_true(room_has(&(struct room_wanted){1, 1}, here, 2, why));
	assert_false(room_has(&(struct room_wanted){UINT64_MAX, 0}, here, 2, why));
	assert_non_null(strstr(why, "disk: /tmp: "));
	assert_non_null(strstr(why, "COFFERDAM_MIN_FREE_DISK"));
	assert_false(room_has(&(struct room_wanted){0, UINT64_MAX}, here, 2, why));
	assert_non_null(strstr(why, "memory: "));
	assert_non_null(strstr(why, "COFFERDAM_MIN_FREE_MEMORY"));
	/* What cannot be looked at is not there. */
	assert_false(room_has(&(struct room_wanted){1, 0}, none, 2, why));
	assert_string_equal(why, "disk: /nowhere: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(meminfo),
		cmocka_unit_test(cgroup),
		cmocka_unit_test(host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
