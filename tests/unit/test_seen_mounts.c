#include "sandbox/verify/seen_mounts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What a default launch looks like, with a writable directory, a mask and a read-only one below the writable. */
#define USR "10 1 8:1 /usr /usr ro,nosuid,nodev,relatime - ext4 /dev/root rw\n"
#define TMP "11 1 0:1 /1 /tmp rw,nosuid,nodev,relatime - tmpfs tmpfs rw\n"
#define WORK "12 1 8:1 /w /work rw,nosuid,nodev,relatime - ext4 /dev/root rw\n"
#define KEPT "13 12 8:1 /w/a /work/a\\040b ro,nosuid,nodev,relatime - ext4 /dev/root rw\n"
#define ROOT "1 0 0:1 /root / ro,nosuid,nodev,relatime - tmpfs tmpfs rw\n"
#define MASK "14 10 0:2 /null /usr/secret ro,nosuid,relatime - devtmpfs none rw\n"
#define PROC                                                                        \
	"15 1 0:3 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw\n"         \
	"16 15 0:3 /sys /proc/sys ro,nosuid,nodev,noexec,relatime - proc proc rw\n" \
	"17 15 0:2 /null /proc/kcore ro,nosuid,relatime - devtmpfs none rw\n"
#define DEV                                                                     \
	"18 1 0:1 /dev /dev ro,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw\n" \
	"19 18 0:2 /null /dev/null rw,relatime - devtmpfs none rw\n"            \
	"20 18 0:4 / /dev/pts rw,nosuid,noexec,relatime - devpts pts rw\n"
#define QUEUES "21 18 0:5 / /dev/mqueue rw,nosuid,nodev,noexec,relatime - mqueue m rw\n"
#define SHM "22 18 0:1 /shm /dev/shm rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw\n"

static struct plan_mount mounts[] = {
	{.kind = PLAN_MOUNT_BIND, .target = (char[]){"/usr"}},
	{.kind = PLAN_MOUNT_TMPFS, .target = (char[]){"/tmp"}},
	{.kind = PLAN_MOUNT_BIND, .target = (char[]){"/link/work"}, .writable = true},
	{.kind = PLAN_MOUNT_BIND, .target = (char[]){"/work/a b"}},
	{.kind = PLAN_MOUNT_HIDE, .target = (char[]){"/usr/secret"}},
	{.kind = PLAN_MOUNT_BIND, .target = (char[]){"/absent"}, .optional = true},
};
static const uint64_t ids[] = {10, 11, 12, 13, 14, 0};

/* The numbers that a table gives: at "/", missing, writable, loose. */
static void expect(const char *table, unsigned roots, unsigned missing, unsigned writable, unsigned loose)
{
	const struct plan_root root = {.mounts = mounts, .n_mounts = sizeof mounts / sizeof mounts[0]};
	char *text = strdup(table);
	struct seen_values seen;

	seen_none(&seen);
	seen.values[SEEN_MOUNT_MISSING] = 0;
	seen_mounts(&root, ids, text, &seen);
	free(text);
	assert_int_equal(seen.values[SEEN_MOUNT_ROOTS], roots);
	assert_int_equal(seen.values[SEEN_MOUNT_MISSING], missing);
	assert_int_equal(seen.values[SEEN_MOUNT_WRITABLE], writable);
	assert_int_equal(seen.values[SEEN_MOUNT_LOOSE], loose);
}

static void as_it_should_be(void **state)
{
	(void)state;
	expect(USR TMP WORK KEPT ROOT MASK PROC DEV QUEUES SHM, 1, 0, 0, 0);
	expect(USR TMP WORK KEPT ROOT MASK PROC DEV QUEUES SHM
		"30 1 0:37 / /sys/fs/cgroup ro,nosuid,nodev,noexec - cgroup2 none rw\n",
		1, 0, 0, 0);
	/* A mount of the host's below a writable row. */
	expect(USR TMP WORK KEPT ROOT MASK PROC DEV QUEUES SHM
		"30 12 8:2 / /work/deep/er rw,nosuid,nodev,relatime - ext4 /dev/b rw\n",
		1, 0, 0, 0);
}

static void writable(void **state)
{
	(void)state;
	expect("10 1 8:1 /usr /usr rw,nosuid,nodev - ext4 r rw\n" TMP WORK KEPT ROOT MASK PROC DEV QUEUES SHM, 1, 0, 1,
		0);
	expect(USR TMP WORK "13 12 8:1 /w/a /work/a\\040b rw,nosuid,nodev - ext4 r rw\n" ROOT MASK PROC DEV QUEUES SHM,
		1, 0, 1, 0);
	expect(USR TMP WORK KEPT "1 0 0:1 /root / rw,nosuid,nodev - tmpfs tmpfs rw\n" MASK PROC DEV QUEUES SHM, 1, 0, 1,
		0);
	/* The job's cgroup. */
	expect(USR TMP WORK KEPT ROOT MASK PROC DEV QUEUES SHM
		"30 1 0:37 / /sys/fs/cgroup rw,nosuid,nodev,noexec - cgroup2 none rw\n",
		1, 0, 1, 0);
	/* Not the rows, and not what is always there. */
	expect(USR TMP WORK KEPT ROOT MASK PROC DEV QUEUES SHM
		"30 15 0:3 /bus /proc/bus rw,nosuid,nodev - proc proc rw\n",
		1, 0, 1, 0);
	expect(USR TMP WORK KEPT ROOT MASK PROC DEV QUEUES SHM "30 1 8:9 / /srv rw,nosuid,nodev - ext4 x rw\n", 1, 0, 1,
		0);
}

static void loose(void **state)
{
	(void)state;
	expect("10 1 8:1 /usr /usr ro,relatime - ext4 r rw\n" TMP WORK KEPT ROOT MASK PROC DEV QUEUES SHM, 1, 0, 0, 1);
	expect(USR "11 1 0:1 /1 /tmp rw,nosuid - tmpfs tmpfs rw\n" WORK KEPT ROOT MASK PROC DEV QUEUES SHM, 1, 0, 0, 1);
	expect(USR TMP WORK KEPT ROOT MASK PROC DEV QUEUES "22 18 0:1 /s /dev/shm rw,nosuid,nodev - tmpfs t rw\n", 1, 0,
		0, 1);
}

static void the_old_root(void **state)
{
	(void)state;
	expect(USR TMP WORK KEPT ROOT MASK PROC DEV QUEUES SHM "2 0 8:1 / / ro,nosuid,nodev - ext4 /dev/root rw\n", 2,
		0, 0, 0);
}

static void missing(void **state)
{
	(void)state;
	expect(USR TMP WORK KEPT ROOT MASK PROC DEV QUEUES, 1, 1, 0, 0);
	expect(USR TMP WORK KEPT ROOT MASK PROC DEV, 1, 2, 0, 0);
	expect("", 0, 5, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_it_should_be),
		cmocka_unit_test(writable),
		cmocka_unit_test(loose),
		cmocka_unit_test(the_old_root),
		cmocka_unit_test(missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
