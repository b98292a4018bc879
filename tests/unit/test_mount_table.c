#include "sandbox/files/mount_table.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/mountinfo.h"
#include "sandbox/identity/userns.h"
#include "sandbox/root/root.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "tests/unit/place.h"

enum result { DONE, NOT_ALLOWED, WRONG };

struct seen {
	unsigned asked, tmpfs, last; /* whose point ends in "/9" */
};

static bool count(char *point, const char *type, void *context)
{
	const size_t len = strlen(point);
	struct seen *seen = context;

	seen->asked++;
	seen->tmpfs += strcmp(type, "tmpfs") == 0;
	seen->last += len > 2 && strcmp(point + len - 2, "/9") == 0;
	return true;
}

static bool is_no_tmpfs(char *point, const char *type, void *context)
{
	(void)point;
	(void)context;
	return strcmp(type, "tmpfs") != 0;
}

/* Each further mount shows all that there are so far once more: 2^10 of them. */
static bool make_many(const char *place)
{
	for (int i = 0; i < 10; i++) {
		char name[16];

		snprintf(name, sizeof name, "%d", i);
		if (mkdir(name, 0755) < 0 || mount(place, name, NULL, MS_BIND | MS_REC, NULL) < 0)
			return false;
	}
	return true;
}

static bool is_as_in_mountinfo(const struct seen *seen)
{
	_cleanup_(freep) char *text = NULL;
	struct seen there = {0};
	struct mountinfo line;
	struct error err;
	size_t len;
	char *rest;

	if (read_file_at(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text, &len, &err) < 0)
		return false;
	rest = text;
	while (mountinfo_next(&rest, &line))
		count(line.point, line.type, &there);
	print_message("%u mounts, %u of tmpfs, %u of the last one; there are %u, %u, %u\n", seen->asked, seen->tmpfs,
		seen->last, there.asked, there.tmpfs, there.last);
	return memcmp(seen, &there, sizeof there) == 0 && there.asked > 1024 && there.last >= 1;
}

static enum result inside(const struct place *place)
{
	const uid_t uid = geteuid();
	const gid_t gid = getegid();
	struct seen seen = {0};
	struct error err;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 || userns_map_single(uid, gid, &err) < 0 ||
		root_isolate(&err) < 0 || mount("place", place->path, "tmpfs", 0, NULL) < 0 || chdir(place->path) < 0 ||
		!make_many(place->path))
		return NOT_ALLOWED;
	return mount_table_all(count, &seen) == 1 && is_as_in_mountinfo(&seen) &&
			       mount_table_all(is_no_tmpfs, NULL) == 0
		       ? DONE
		       : WRONG;
}

static void is_that_of_mountinfo(void **state)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0)
		_exit((int)inside(*state));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NOT_ALLOWED) {
		print_message("mount table: no mounts for an unprivileged user here\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(is_that_of_mountinfo, place_make, place_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
