#include "sandbox/root/target.h"

#include "common/cleanup.h"
#include "sandbox/identity/userns.h"
#include "sandbox/root/mount_api.h"
#include "sandbox/root/root.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Each test gets a fresh directory that stands for the new root. */
struct place {
	char path[64];
	int root;
};

static int make_place(void **state)
{
	static struct place place;

	strcpy(place.path, "/tmp/cofferdam-target.XXXXXX");
	if (mkdtemp(place.path) == NULL)
		return -1;
	place.root = open(place.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*state = &place;
	return place.root < 0 ? -1 : 0;
}

static int remove_place(void **state)
{
	struct place *place = *state;
	char command[128];

	close(place->root);
	snprintf(command, sizeof command, "rm -rf '%s'", place->path);
	return system(command); /* NOLINT(cert-env33-c): a test's own directory */
}

static mode_t type_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_mode & S_IFMT;
}

static void makes_what_is_missing(void **state)
{
	const struct place *place = *state;
	struct error err;
	_cleanup_(close_fd) int dir = target_make(place->root, "/a/b/c", true, &err);
	_cleanup_(close_fd) int file = target_make(place->root, "/a/b/file", false, &err);

	assert_true(dir >= 0);
	assert_true(file >= 0);
	assert_int_equal(type_of(dir), S_IFDIR);
	assert_int_equal(type_of(file), S_IFREG);
}

static void opens_only_what_exists(void **state)
{
	const struct place *place = *state;
	struct error err;

	assert_int_equal(target_open(place->root, "/nothing", &err), -1);
	assert_int_equal(err.errnum, ENOENT);
	assert_int_equal(faccessat(place->root, "nothing", F_OK, 0), -1);
}

/* A job that left a link where a mount point is expected must not choose where the mount goes. */
static void refuses_a_link_at_every_place(void **state)
{
	static const char *const paths[] = {"/link", "/link/below", "/dir/link", "/dir/link/below"};
	const struct place *place = *state;
	struct error err;

	assert_int_equal(mkdirat(place->root, "dir", 0755), 0);
	assert_int_equal(symlinkat("/tmp", place->root, "link"), 0);
	assert_int_equal(symlinkat("../..", place->root, "dir/link"), 0);
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		assert_int_equal(target_make(place->root, paths[i], true, &err), -1);
		assert_int_equal(err.errnum, ELOOP);
		assert_non_null(strstr(err.text, "symbolic link"));
		assert_non_null(strstr(err.text, paths[i]));
	}
}

/* The root is not entered yet: what is above it is the host. */
static void never_goes_up(void **state)
{
	static const char *const paths[] = {"/../beside", "/dir/../../beside", "/.."};
	const struct place *place = *state;
	_cleanup_(close_fd) int inner = -1;
	struct error err;

	assert_int_equal(mkdirat(place->root, "root", 0755), 0);
	inner = openat(place->root, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < 2 * sizeof paths / sizeof paths[0]; i++) {
		assert_int_equal(target_make(inner, paths[i / 2], i % 2 == 0, &err), -1);
		assert_non_null(strstr(err.text, paths[i / 2]));
	}
	assert_int_equal(faccessat(place->root, "beside", F_OK, 0), -1);
}

static void symlinks_are_made_with_their_parents(void **state)
{
	const struct place *place = *state;
	struct error err;
	char text[16] = "";

	assert_int_equal(target_symlink(place->root, "/x/lib", "usr/lib", &err), 0);
	assert_int_equal(readlinkat(place->root, "x/lib", text, sizeof text - 1), 7);
	assert_string_equal(text, "usr/lib");
}

static void names_that_are_too_long(void **state)
{
	const struct place *place = *state;
	char path[300];
	struct error err;

	memset(path, 'a', sizeof path - 1);
	path[0] = '/';
	path[sizeof path - 1] = '\0';
	assert_int_equal(target_make(place->root, path, true, &err), -1);
	assert_int_equal(err.errnum, ENAMETOOLONG);
}

/* Swaps "dir" and a link to the directory outside, again and again, until it is killed. */
static pid_t start_swapper(const struct place *place)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		renameat2(place->root, "dir", place->root, "link", RENAME_EXCHANGE);
}

static bool is_same(int fd, const struct stat *what)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == what->st_dev && st.st_ino == what->st_ino;
}

/* CVE-2021-30465, CVE-2025-52881: a component is swapped for a link while the mount point is looked up. */
static void a_swapped_component_never_leads_outside(void **state)
{
	const struct place *place = *state;
	const int tries = 1000, limit = 1000000;
	char outside[96], made[128];
	int swapped = 0, naive = 0;
	struct stat inside, there;
	pid_t swapper;

	snprintf(outside, sizeof outside, "%s-outside", place->path);
	assert_int_equal(mkdir(outside, 0755), 0);
	assert_int_equal(mkdirat(place->root, "dir", 0755), 0);
	assert_int_equal(symlinkat(outside, place->root, "link"), 0);
	assert_int_equal(fstatat(place->root, "dir", &inside, 0), 0);
	assert_int_equal(stat(outside, &there), 0);
	swapper = start_swapper(place);
	/* The same without the care: the swapper is fast enough. */
	for (int i = 0; i < limit && (naive == 0 || i < tries); i++) {
		_cleanup_(close_fd) int fd = openat(place->root, "dir", O_PATH | O_DIRECTORY | O_CLOEXEC);

		naive += is_same(fd, &there);
	}
	for (int i = 0; i < limit && (swapped == 0 || i < tries); i++) {
		struct error err;
		_cleanup_(close_fd) int fd = target_make(place->root, "/dir/point", true, &err);
		_cleanup_(close_fd) int up = fd >= 0 ? openat(fd, "..", O_PATH | O_CLOEXEC) : -1;

		if (fd >= 0)
			assert_true(is_same(up, &inside));
		else /* the second: it was a link when it was opened, and is none any more when it is looked at */
			assert_true(err.errnum == ELOOP || err.errnum == ENOTDIR);
		swapped += fd < 0;
	}
	kill(swapper, SIGKILL);
	waitpid(swapper, NULL, 0);
	snprintf(made, sizeof made, "%s/point", outside);
	assert_int_equal(access(made, F_OK), -1);
	assert_int_equal(rmdir(outside), 0);
	assert_true(naive > 0);
	assert_true(swapped > 0);
}

static bool attaches_new(int rootfd, const char *path)
{
	struct error err;
	_cleanup_(close_fd) int mount = mount_clone(AT_FDCWD, "source", 0, &err);

	return mount >= 0 && target_attach_new(rootfd, path, mount);
}

static bool there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* In namespaces of its own, with a tmpfs on the place. 77: there are none. */
static int attach_in_many_places(const struct place *place)
{
	const uid_t uid = geteuid();
	const gid_t gid = getegid();
	struct error err;
	int root;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 || userns_map_single(uid, gid, &err) < 0 ||
		root_isolate(&err) < 0 || mount("place", place->path, "tmpfs", 0, NULL) < 0 || chdir(place->path) < 0)
		return 77;
	if (mkdir("source", 0755) < 0 || mkdir("source/shown", 0755) < 0 || mkdir("other", 0755) < 0 ||
		mkdir("a", 0755) < 0 || symlink("a", "link") < 0 || mknod("source/file", S_IFREG | 0644, 0) < 0 ||
		mount("other", "other", "tmpfs", 0, NULL) < 0)
		return 1;
	root = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (!attaches_new(root, "/new") || !attaches_new(root, "/n/e/w") || !attaches_new(root, "/a/b") ||
		!attaches_new(root, "/a/c/d/e") || !attaches_new(root, "/a/c/d/f") || !there("new/shown") ||
		!there("n/e/w/shown") || !there("a/b/shown") || !there("a/c/d/e/shown") || !there("a/c/d/f/shown"))
		return 2;
	/* What is there, what a link leads to, and what lies on a mount of somebody else's. */
	if (attaches_new(root, "/a") || attaches_new(root, "/link/x") || attaches_new(root, "/link/x/y") ||
		attaches_new(root, "/other/x") || attaches_new(root, "/other/x/y") || attaches_new(root, "/a/../up") ||
		there("a/shown") || there("a/x") || there("other/x") || there("up"))
		return 3;
	return 0;
}

static void attaches_only_to_what_is_new_in_its_own_mount(void **state)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0)
		_exit(attach_in_many_places(*state));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("target: no mounts for an unprivileged user here\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_place, remove_place)
	const struct CMUnitTest tests[] = {
		TEST(makes_what_is_missing),
		TEST(opens_only_what_exists),
		TEST(refuses_a_link_at_every_place),
		TEST(never_goes_up),
		TEST(symlinks_are_made_with_their_parents),
		TEST(names_that_are_too_long),
		TEST(a_swapped_component_never_leads_outside),
		TEST(attaches_only_to_what_is_new_in_its_own_mount),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
