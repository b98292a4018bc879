#include "runner/common/json_file.h"

#include "runner/common/wipe.h"
#include "runner/registration/record.h"
#include "runner/state/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What reaches the disk, in order: fsync(2) and renameat(2) of the C library are these here. */
static char order[4096];
static int fsync_errnum;

static void note(const char *what, int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof path - 1);
	path[n > 0 ? n : 0] = '\0';
	snprintf(order + strlen(order), sizeof order - strlen(order), "%s %s\n", what, strrchr(path, '/') + 1);
}

int fsync(int fd)
{
	note("fsync", fd);
	errno = fsync_errnum;
	return fsync_errnum != 0 ? -1 : 0;
}

int renameat(int olddirfd, const char *from, int newdirfd, const char *to)
{
	note("rename in", newdirfd);
	return renameat2(olddirfd, from, newdirfd, to, 0);
}

static char dir[64];
static struct state state;

static int set_up(void **unused)
{
	struct error err;

	(void)unused;
	fsync_errnum = 0;
	strcpy(dir, "/tmp/json-XXXXXX");
	if (mkdtemp(dir) == NULL || state_open(&state, dir, &err) < 0)
		return -1;
	order[0] = '\0';
	return 0;
}

static int tear_down(void **unused)
{
	char command[128];

	(void)unused;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	state_close(&state);
	return system(command);
}

static const struct record record = {
	.key = "1-a", .slot = 1, .name = "n", .entity = "repos/o/r", .api = "https://api.github.com", .begun = true};

/* After a power cut the record is there, whole: its text before its name, and its name before GitHub is asked. */
static void record_is_durable(void **unused)
{
	char expected[256];
	struct error err;

	(void)unused;
	assert_int_equal(record_write(&state, &record, &err), 0);
	snprintf(expected, sizeof expected, "fsync 1-a.json.%d.tmp\nrename in %s\nfsync registrations\n", getpid(),
		strrchr(dir, '/') + 1);
	assert_string_equal(order, expected);
}

static void record_that_may_get_lost_is_refused(void **unused)
{
	struct error err;

	(void)unused;
	fsync_errnum = EIO;
	assert_int_equal(record_write(&state, &record, &err), -1);
	assert_non_null(strstr(err.text, "Input/output error"));
	assert_int_equal(faccessat(state.dirfd, "registrations/1-a.json", F_OK, 0), -1);
}

/* The directory of the records, too, before the first one is in it. */
static void directories_are_durable(void **unused)
{
	char expected[256];
	struct error err;

	(void)unused;
	state_close(&state);
	assert_int_equal(state_open(&state, dir, &err), 0);
	snprintf(expected, sizeof expected, "fsync %s\n", strrchr(dir, '/') + 1);
	assert_string_equal(order, expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(record_is_durable, set_up, tear_down),
		cmocka_unit_test_setup_teardown(record_that_may_get_lost_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(directories_are_durable, set_up, tear_down),
	};

	json_set_alloc_funcs(wipe_malloc, wipe_free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
