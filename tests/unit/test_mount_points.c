#include "sandbox/files/mount_points.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/test_mount_points.XXXXXX";

/* What another launch, with the same mount point, does in the moment before one of our calls. */
static enum { NOTHING, MAKES_WAY, REMOVES_WAY, HOLDS_POINT } meanwhile;
static int held;

static void place(char path[128], const char *name)
{
	snprintf(path, 128, "%s/%s", directory, name);
}

/* In place of the C library's. */
int mkdirat(int dir, const char *name, mode_t mode)
{
	char way[128];

	place(way, "new");
	if (meanwhile == MAKES_WAY && strcmp(name, "new") == 0) {
		meanwhile = NOTHING;
		assert_int_equal(mkdir(way, 0755), 0);
	} else if (meanwhile == REMOVES_WAY && strcmp(name, "dir") == 0) {
		meanwhile = NOTHING;
		assert_int_equal(rmdir(way), 0);
	}
	return (int)syscall(SYS_mkdirat, dir, name, mode);
}

/* It has the lock until the twentieth time, and has then removed the mount point and the way to it. */
int flock(int fd, int operation)
{
	char path[128];

	if (meanwhile != HOLDS_POINT)
		return (int)syscall(SYS_flock, fd, operation);
	if (++held == 20) {
		meanwhile = NOTHING;
		place(path, "new/dir");
		assert_int_equal(rmdir(path), 0);
		place(path, "new");
		assert_int_equal(rmdir(path), 0);
	}
	errno = EWOULDBLOCK;
	return -1;
}

static bool is_locked(const char *name)
{
	char path[128];
	int fd, locked;

	place(path, name);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	locked = flock(fd, LOCK_EX | LOCK_NB);
	close(fd);
	return locked < 0;
}

/* Whatever the other one does, we end with a lock of the mount point; `leaves`: what is not ours stays. */
static void tried(int what, bool leaves)
{
	struct mount_points points = {0};
	char target[128], way[128];
	struct plan_mount mounts[2] = {
		{.kind = PLAN_MOUNT_BIND, .writable = true, .source = directory, .target = directory},
		{.kind = PLAN_MOUNT_TMPFS, .target = target},
	};
	const struct plan_root root = {.mounts = mounts, .n_mounts = 2};

	place(target, "new/dir");
	place(way, "new");
	meanwhile = what;
	mount_points_make(&root, &points);
	assert_int_equal(meanwhile, NOTHING);
	assert_true(is_locked("new/dir"));
	mount_points_end(&points);
	assert_int_equal(access(target, F_OK), -1);
	assert_int_equal(rmdir(way), leaves ? 0 : -1);
}

static void two_launches(void **state)
{
	char path[128];

	(void)state;
	tried(NOTHING, false);
	tried(MAKES_WAY, true);
	place(path, "new");
	assert_int_equal(mkdir(path, 0755), 0);
	tried(REMOVES_WAY, false);
	assert_int_equal(mkdir(path, 0755), 0);
	place(path, "new/dir");
	assert_int_equal(mkdir(path, 0755), 0);
	tried(HOLDS_POINT, false);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(directory) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_launches),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
