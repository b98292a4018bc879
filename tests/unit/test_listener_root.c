#include "runner/launch/listener_root.h"

#include "common/io.h"
#include "runner/common/prune.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/root-XXXXXX");
	return mkdtemp(dir) == NULL || chdir(dir) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	struct error err;
	int result;

	(void)state;
	if (unlink(".runner") < 0 && errno != ENOENT)
		return -1;
	rename("_diag", "diag");
	result = listener_root_clean(dir, &err);
	return chdir("/") < 0 ? -1 : result < 0 ? -1 : rmdir(dir);
}

/* A file of that size, written so many seconds ago. */
static void make(const char *path, off_t size, time_t ago)
{
	struct timespec times[2] = {{.tv_sec = time(NULL) - ago}, {.tv_sec = time(NULL) - ago}};
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

static bool there(const char *path)
{
	return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void cleaned(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(mkdir("_diag", 0700), 0);
	assert_int_equal(mkdir("_work", 0700), 0);
	assert_int_equal(mkdir("_work/_update", 0700), 0);
	assert_int_equal(mkdir("bin.2.999.0", 0500), 0);
	make("_work/_update/runner.tar.gz", 1 << 20, 0);
	make("_diag/Runner_1.log", 10, 0);
	make(".runner", 2, 0);
	make("update.finished", 0, 0);
	assert_int_equal(symlink("/", "externals.2.999.0"), 0);
	assert_int_equal(listener_root_clean(dir, &err), 0);
	assert_true(there(".runner") && there("_diag/Runner_1.log"));
	assert_false(there("_work") || there("bin.2.999.0") || there("externals.2.999.0") || there("update.finished"));
	assert_int_equal(listener_root_clean("/nonexistent", &err), -1);
	assert_string_equal(err.text, "/nonexistent: No such file or directory");
}

static void trimmed(void **state)
{
	(void)state;
	assert_int_equal(mkdir("_diag", 0700), 0);
	make("_diag/a", (off_t)LISTENER_LOGS_BYTES / 2, 30);
	make("_diag/b", (off_t)LISTENER_LOGS_BYTES / 2, 20);
	make("_diag/c", (off_t)LISTENER_LOGS_BYTES / 2, 10);
	make("_diag/d", 0, 0);
	listener_root_trim(dir);
	assert_false(there("_diag/a"));
	assert_true(there("_diag/b") && there("_diag/c") && there("_diag/d"));
}

static void pruned(void **state)
{
	(void)state;
	assert_int_equal(mkdir("_diag", 0700), 0);
	prune(AT_FDCWD, "nonexistent", 1, 1);
	prune(AT_FDCWD, "_diag", 1, 1);
	make("_diag/.kept", 100, 100);
	make("_diag/1", 1, 60);
	make("_diag/2", 1, 50);
	make("_diag/3", 1, 40);
	assert_int_equal(symlink("/", "_diag/link"), 0);
	assert_int_equal(mkdir("_diag/directory", 0700), 0);
	prune(AT_FDCWD, "_diag", 2, UINT64_MAX);
	assert_false(there("_diag/1"));
	assert_true(there("_diag/2") && there("_diag/3"));
	/* the newest stays, however large it is */
	make("_diag/4", 1000, 1);
	prune(AT_FDCWD, "_diag", 10, 100);
	assert_false(there("_diag/2") || there("_diag/3"));
	assert_true(there("_diag/4") && there("_diag/.kept") && there("_diag/link") && there("_diag/directory"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(cleaned), TEST(trimmed), TEST(pruned)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
