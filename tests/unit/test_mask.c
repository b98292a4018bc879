#include "sandbox/root/mask.h"

#include "common/cleanup.h"
#include "sandbox/identity/userns.h"
#include "sandbox/root/root.h"
#include "sandbox/root/scratch.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#include "tests/unit/place.h"

enum result { DONE, NOT_ALLOWED, WRONG };

typedef enum result mask_test(struct mask *mask);

/* In namespaces of its own, with the place as the current directory and a tmpfs on it. */
static enum result inside(const struct place *place, mask_test *test)
{
	const uid_t uid = geteuid();
	const gid_t gid = getegid();
	_cleanup_(mask_end) struct mask mask = MASK_OVER(-1);
	struct error err;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 || userns_map_single(uid, gid, &err) < 0 ||
		root_isolate(&err) < 0 || mount("place", place->path, "tmpfs", 0, NULL) < 0 || chdir(place->path) < 0)
		return NOT_ALLOWED;
	mask.scratch = scratch_create(0, &err);
	return mask.scratch < 0 ? NOT_ALLOWED : test(&mask);
}

static void run(const struct place *place, mask_test *test)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0)
		_exit((int)inside(place, test));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NOT_ALLOWED) {
		print_message("mask: no mounts for an unprivileged user here\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), DONE);
}

static bool make_file(const char *name)
{
	_cleanup_(close_fd) int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	return fd >= 0 && write(fd, "secret", 6) == 6;
}

static bool make_dir(const char *name)
{
	char below[64];

	snprintf(below, sizeof below, "%s/secret", name);
	return mkdir(name, 0755) == 0 && make_file(below);
}

/* And nobody gets to change the mode or the times of the host's. */
static bool is_null(const char *name)
{
	struct statvfs fs;
	struct stat st;

	return stat(name, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3) && statvfs(name, &fs) == 0 &&
	       (fs.f_flag & ST_RDONLY) != 0;
}

static bool is_empty(const char *name)
{
	char below[64];

	snprintf(below, sizeof below, "%s/secret", name);
	return access(below, F_OK) < 0 && errno == ENOENT && mkdir(below, 0755) < 0 && errno == EROFS;
}

static enum result names(struct mask *mask)
{
	struct error err;

	if (!make_file("a") || !make_file("b") || !make_file("c") || !make_dir("d") || !make_dir("e") || !make_dir("f"))
		return NOT_ALLOWED;
	/* What is not there comes first: the cover is still to be had. "c" and "f" are not what they are said to be. */
	if (mask_here(mask, "none", MASK_FILE, &err) < 0 || mask_here(mask, "a", MASK_FILE, &err) < 0 ||
		mask_here(mask, "b", MASK_FILE, &err) < 0 || mask_here(mask, "none", MASK_DIRECTORY, &err) < 0 ||
		mask_here(mask, "f", MASK_FILE, &err) < 0 || mask_here(mask, "c", MASK_DIRECTORY, &err) < 0 ||
		mask_here(mask, "d", MASK_DIRECTORY, &err) < 0 || mask_here(mask, "e", MASK_DIRECTORY, &err) < 0)
		return WRONG;
	return is_null("a") && is_null("b") && is_null("c") && is_empty("d") && is_empty("e") && is_empty("f") ? DONE
													       : WRONG;
}

static void covers_names_of_either_kind(void **state)
{
	run(*state, names);
}

static enum result paths(struct mask *mask)
{
	_cleanup_(close_fd) int root = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct error err;

	if (!make_dir("d") || !make_dir("d/e") || !make_file("d/f") || !make_file("g") || symlink("g", "link") < 0)
		return NOT_ALLOWED;
	if (mask_path(mask, root, "/d/f", false, &err) < 0 || mask_path(mask, root, "/g", false, &err) < 0 ||
		mask_path(mask, root, "/d/e", false, &err) < 0 || mask_path(mask, root, "/d/none", true, &err) < 0)
		return WRONG;
	/* It could be made later. */
	if (mask_path(mask, root, "/d/none", false, &err) == 0 || err.errnum != ENOENT)
		return WRONG;
	if (!is_null("d/f") || !is_null("g") || !is_empty("d/e") || access("d/secret", F_OK) < 0)
		return WRONG;
	if (mask_path(mask, root, "/d", false, &err) < 0 || !is_empty("d"))
		return WRONG;
	return mask_path(mask, root, "/link", false, &err) < 0 && err.errnum == ELOOP ? DONE : WRONG;
}

static void covers_paths_and_follows_no_link(void **state)
{
	run(*state, paths);
}

/* CVE-2025-31133: what would be shown instead. */
static enum result false_null(struct mask *mask)
{
	struct error err;

	if (!make_file("a") || !make_file("null") || mount("null", "/dev/null", NULL, MS_BIND, NULL) < 0)
		return NOT_ALLOWED;
	if (mask_here(mask, "a", MASK_FILE, &err) == 0 || strstr(err.text, "not the null device") == NULL)
		return WRONG;
	return umount2("/dev/null", MNT_DETACH) == 0 && mask_here(mask, "a", MASK_FILE, &err) == 0 && is_null("a")
		       ? DONE
		       : WRONG;
}

static void only_the_null_device_covers(void **state)
{
	run(*state, false_null);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(covers_names_of_either_kind, place_make, place_remove),
		cmocka_unit_test_setup_teardown(covers_paths_and_follows_no_link, place_make, place_remove),
		cmocka_unit_test_setup_teardown(only_the_null_device_covers, place_make, place_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
