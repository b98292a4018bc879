#include "sandbox/files/mount_types.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/mountinfo.h"
#include "sandbox/identity/userns.h"
#include "sandbox/root/root.h"

#include <linux/magic.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "tests/unit/place.h"

enum result { DONE, NOT_ALLOWED, WRONG };

static unsigned asked, tmpfs;

static bool count(uint64_t magic)
{
	asked++;
	tmpfs += magic == TMPFS_MAGIC;
	return true;
}

static bool is_no_tmpfs(uint64_t magic)
{
	return magic != TMPFS_MAGIC;
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

static bool is_as_in_mountinfo(void)
{
	_cleanup_(freep) char *text = NULL;
	unsigned lines = 0, of_tmpfs = 0;
	struct mountinfo line;
	struct error err;
	size_t len;
	char *rest;

	if (read_file_at(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text, &len, &err) < 0)
		return false;
	rest = text;
	while (mountinfo_next(&rest, &line)) {
		lines++;
		of_tmpfs += strcmp(line.type, "tmpfs") == 0 || strcmp(line.type, "devtmpfs") == 0;
	}
	print_message("asked for %u mounts, %u of tmpfs; there are %u, %u\n", asked, tmpfs, lines, of_tmpfs);
	return asked == lines && tmpfs == of_tmpfs && lines > 1024;
}

static enum result inside(const struct place *place)
{
	const uid_t uid = geteuid();
	const gid_t gid = getegid();
	struct error err;
	int all;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 || userns_map_single(uid, gid, &err) < 0 ||
		root_isolate(&err) < 0 || mount("place", place->path, "tmpfs", 0, NULL) < 0 || chdir(place->path) < 0 ||
		!make_many(place->path))
		return NOT_ALLOWED;
	all = mount_types_all(count);
	if (all < 0)
		return NOT_ALLOWED; /* an older kernel */
	return all == 1 && is_as_in_mountinfo() && mount_types_all(is_no_tmpfs) == 0 ? DONE : WRONG;
}

static void types_are_those_of_the_mount_table(void **state)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0)
		_exit((int)inside(*state));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NOT_ALLOWED) {
		print_message("mount types: no mounts for an unprivileged user here, or no statmount(2)\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(types_are_those_of_the_mount_table, place_make, place_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
