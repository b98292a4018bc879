#include "sandbox/files/remove_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define DEPTH 4000
#define NO_LIMIT INT64_MAX

/* A new directory, with a canary in it. Each test removes "tree" there. */
static char dir[64];
static int dirfd = -1;

static void make_file(int at, const char *name, mode_t mode)
{
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/remove-tree-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	dirfd = open(dir, O_RDONLY | O_DIRECTORY);
	if (dirfd < 0 || mkdirat(dirfd, "outside", 0750) < 0)
		return -1;
	make_file(dirfd, "outside/canary", 0640);
	return mkdirat(dirfd, "tree", 0700);
}

/* Nothing but "tree" was touched: the canary is there, its directory has its mode, and there is nothing new. */
static int tear_down(void **state)
{
	struct stat st;
	bool whole = fstatat(dirfd, "outside", &st, AT_SYMLINK_NOFOLLOW) == 0 && (st.st_mode & 07777) == 0750 &&
		     fstatat(dirfd, "outside/canary", &st, AT_SYMLINK_NOFOLLOW) == 0 && (st.st_mode & 07777) == 0640 &&
		     st.st_size == 1 && st.st_nlink == 1;

	(void)state;
	unlinkat(dirfd, "outside/canary", 0);
	unlinkat(dirfd, "outside", AT_REMOVEDIR);
	close(dirfd);
	return rmdir(dir) == 0 && whole ? 0 : -1;
}

static void assert_removed(void)
{
	struct error err = {0};

	if (remove_tree(dirfd, "tree", NO_LIMIT, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(faccessat(dirfd, "tree", F_OK, AT_SYMLINK_NOFOLLOW), -1);
	assert_int_equal(errno, ENOENT);
}

static void simple_things(void **state)
{
	struct error err;

	(void)state;
	assert_removed();
	assert_removed(); /* nothing there is success */
	make_file(dirfd, "tree", 0);
	assert_removed();
	assert_int_equal(symlinkat("outside", dirfd, "tree"), 0);
	assert_removed();
	assert_int_equal(symlinkat("nowhere", dirfd, "tree"), 0);
	assert_removed();
	assert_int_equal(remove_tree(-1, "tree", NO_LIMIT, &err), -1);
	assert_int_equal(err.errnum, EBADF);
}

static void every_kind(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	assert_int_equal(mkdirat(dirfd, "tree/a", 0700), 0);
	assert_int_equal(mkdirat(dirfd, "tree/a/b", 0700), 0);
	assert_int_equal(mkdirat(dirfd, "tree/empty", 0700), 0);
	make_file(dirfd, "tree/file", 0600);
	make_file(dirfd, "tree/.hidden", 0);
	make_file(dirfd, "tree/a/b/...", 0444);
	make_file(dirfd, "tree/a/new\nline", 0600);
	make_file(dirfd, "tree/a/\xff\xfe", 0600);
	make_file(dirfd, "tree/a/-rf", 0600);
	assert_int_equal(mkfifoat(dirfd, "tree/a/fifo", 0), 0);
	assert_int_equal(mkfifoat(dirfd, "tree/fifo", 0600), 0);
	assert_int_equal(linkat(dirfd, "tree/file", dirfd, "tree/a/hard", 0), 0);
	assert_int_equal(linkat(dirfd, "tree/file", dirfd, "tree/a/b/hard", 0), 0);
	assert_true(sock >= 0);
	snprintf(address.sun_path, sizeof address.sun_path, "%s/tree/a/socket", dir);
	assert_int_equal(bind(sock, (const struct sockaddr *)&address, sizeof address), 0);
	close(sock);
	assert_removed();
}

/* Links lead out, at the top and below, to a file and to a directory, absolute and relative. */
static void links_outside(void **state)
{
	char path[128];

	(void)state;
	assert_int_equal(mkdirat(dirfd, "tree/sub", 0700), 0);
	snprintf(path, sizeof path, "%s/outside", dir);
	assert_int_equal(symlinkat(path, dirfd, "tree/absolute"), 0);
	assert_int_equal(symlinkat("../outside", dirfd, "tree/relative"), 0);
	assert_int_equal(symlinkat("../../outside", dirfd, "tree/sub/relative"), 0);
	assert_int_equal(symlinkat("../../outside/canary", dirfd, "tree/sub/file"), 0);
	assert_int_equal(symlinkat("..", dirfd, "tree/sub/up"), 0);
	assert_int_equal(symlinkat("loop", dirfd, "tree/sub/loop"), 0);
	assert_int_equal(symlinkat("/", dirfd, "tree/root"), 0);
	assert_removed();
}

/* A file that has a name outside, too, loses only the one inside, and keeps its mode. */
static void hard_link_outside(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(mkdirat(dirfd, "tree/sub", 0700), 0);
	assert_int_equal(linkat(dirfd, "outside/canary", dirfd, "tree/sub/hard", 0), 0);
	assert_int_equal(fstatat(dirfd, "outside/canary", &st, 0), 0);
	assert_int_equal(st.st_nlink, 2);
	assert_removed();
}

static void without_permissions(void **state)
{
	static const mode_t modes[] = {0, 0100, 0200, 0400, 0500, 0300, 0600, 01000, 02070};

	(void)state;
	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		char path[64];

		if (faccessat(dirfd, "tree", F_OK, 0) < 0)
			assert_int_equal(mkdirat(dirfd, "tree", 0700), 0);
		assert_int_equal(mkdirat(dirfd, "tree/a", 0700), 0);
		assert_int_equal(mkdirat(dirfd, "tree/a/b", 0700), 0);
		assert_int_equal(mkdirat(dirfd, "tree/a/b/c", 0700), 0);
		assert_int_equal(mkdirat(dirfd, "tree/a/empty", 0), 0);
		make_file(dirfd, "tree/a/b/c/file", 0);
		for (int depth = 3; depth >= 0; depth--) {
			snprintf(path, sizeof path, "tree%.*s", depth * 2, "/a/b/c");
			assert_int_equal(fchmodat(dirfd, path, modes[i], 0), 0);
		}
		assert_removed();
	}
}

/* Makes tree/d/d/d/…; its path is far longer than PATH_MAX. */
static void make_deep(mode_t mode)
{
	int fd = openat(dirfd, "tree", O_PATH | O_DIRECTORY);

	for (int i = 0; i < DEPTH; i++) {
		int next;

		assert_int_equal(mkdirat(fd, "directory", 0700), 0);
		next = openat(fd, "directory", O_RDONLY | O_DIRECTORY);
		assert_true(next >= 0);
		make_file(next, "file", 0600);
		if (i > 0 && mode != 0700) {
			char self[32];

			snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
			assert_int_equal(chmod(self, mode), 0);
		}
		close(fd);
		fd = next;
	}
	close(fd);
}

/* A few descriptors are enough, however deep it goes. */
static void deep(void **state)
{
	struct rlimit saved, few;

	(void)state;
	make_deep(0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &saved), 0);
	few = saved;
	few.rlim_cur = (rlim_t)dirfd + 8;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_removed();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &saved), 0);
}

static void broad(void **state)
{
	(void)state;
	for (int i = 0; i < 3000; i++) {
		char path[64];

		snprintf(path, sizeof path, "tree/%d", i);
		if (i % 3 == 0)
			assert_int_equal(mkdirat(dirfd, path, 0700), 0);
		else
			make_file(dirfd, path, 0600);
		if (i % 3 == 0) {
			snprintf(path, sizeof path, "tree/%d/sub", i);
			assert_int_equal(mkdirat(dirfd, path, 0700), 0);
			snprintf(path, sizeof path, "tree/%d/sub/file", i);
			make_file(dirfd, path, 0600);
		}
	}
	assert_removed();
}

/* Broad and deep: the time is that of one removal each, not of one per directory and level. */
static void broad_and_deep(void **state)
{
	struct timespec now;
	struct error err = {0};

	(void)state;
	make_deep(0700);
	for (int i = 0; i < 4000; i++) {
		char path[64];

		snprintf(path, sizeof path, "tree/%d", i);
		assert_int_equal(mkdirat(dirfd, path, 0700), 0);
		snprintf(path, sizeof path, "tree/%d/file", i);
		make_file(dirfd, path, 0600);
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	assert_int_equal(remove_tree(dirfd, "tree", (now.tv_sec + 60) * INT64_C(1000000000) + now.tv_nsec, &err), 0);
}

/* The tree has the names that removal itself gives out. */
static void our_own_names(void **state)
{
	(void)state;
	assert_int_equal(mkdirat(dirfd, "tree/.removed-0", 0700), 0);
	assert_int_equal(mkdirat(dirfd, "tree/.removed-0/.removed-0", 0700), 0);
	assert_int_equal(mkdirat(dirfd, "tree/.removed-0/.removed-0/.removed-1", 0700), 0);
	make_file(dirfd, "tree/.removed-0/.removed-0/.removed-1/x", 0600);
	make_file(dirfd, "tree/.removed-1", 0600);
	assert_int_equal(symlinkat("../outside", dirfd, "tree/.removed-2"), 0);
	assert_removed();
}

/* The deadline is over: an error that names the tree; the next call goes on. */
static void out_of_time(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(mkdirat(dirfd, "tree/a", 0700), 0);
	make_file(dirfd, "tree/a/file", 0600);
	assert_int_equal(remove_tree(dirfd, "tree", 0, &err), -1);
	assert_int_equal(err.errnum, ETIMEDOUT);
	assert_true(strncmp(err.text, "remove tree: ", 13) == 0);
	assert_int_equal(faccessat(dirfd, "tree", F_OK, AT_SYMLINK_NOFOLLOW), 0);
	assert_removed();
}

/* Somebody goes on making files: it ends at the deadline or when he ends, never with another error. */
static void with_a_writer(void **state)
{
	struct timespec now;
	struct error err = {0};
	pid_t writer;
	int64_t limit;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &now);
	limit = now.tv_sec * INT64_C(1000000000) + now.tv_nsec + 300000000;
	writer = fork();
	assert_true(writer >= 0);
	if (writer == 0)
		for (unsigned i = 0;; i++) {
			char path[64];

			mkdirat(dirfd, "tree", 0700);
			snprintf(path, sizeof path, "tree/d%u", i % 64);
			mkdirat(dirfd, path, 0700);
			snprintf(path, sizeof path, "tree/d%u/f%u", i % 64, i);
			close(openat(dirfd, path, O_WRONLY | O_CREAT, 0600));
		}
	if (remove_tree(dirfd, "tree", limit, &err) < 0)
		assert_int_equal(err.errnum, ETIMEDOUT);
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	assert_removed();
}

enum mount_result { MOUNT_KEPT, MOUNT_LOST, MOUNT_NOT_ALLOWED };

static enum mount_result beside_a_mount(void)
{
	char outside[128];
	struct stat st;
	struct error err;
	int here;

	snprintf(outside, sizeof outside, "%s/outside", dir);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 || chdir(dir) < 0 ||
		mount(outside, "tree/sub/mounted", NULL, MS_BIND, NULL) < 0)
		return MOUNT_NOT_ALLOWED;
	here = open(".", O_RDONLY | O_DIRECTORY); /* dirfd leads to the mounts of before */
	if (remove_tree(here, "tree", NO_LIMIT, &err) == 0 || err.errnum != EBUSY ||
		stat("tree/sub/mounted/canary", &st) < 0 || stat(outside, &st) < 0)
		return MOUNT_LOST;
	return MOUNT_KEPT;
}

/* What is mounted below stays, and is an error. */
static void mount_below(void **state)
{
	int status;
	pid_t child;

	(void)state;
	assert_int_equal(mkdirat(dirfd, "tree/sub", 0700), 0);
	assert_int_equal(mkdirat(dirfd, "tree/sub/mounted", 0700), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit((int)beside_a_mount());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_removed();
	if (WEXITSTATUS(status) == MOUNT_NOT_ALLOWED) {
		print_message("nothing can be mounted here\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), MOUNT_KEPT);
}

static bool map_ids(void)
{
	static const char *const files[] = {"setgroups", "uid_map", "gid_map"};
	char texts[3][32];
	bool mapped = true;

	strcpy(texts[0], "deny");
	snprintf(texts[1], sizeof texts[1], "0 %u 1", geteuid());
	snprintf(texts[2], sizeof texts[2], "0 %u 1", getegid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return false;
	for (int i = 0; i < 3; i++) {
		char path[64];
		int fd;

		snprintf(path, sizeof path, "/proc/self/%s", files[i]);
		fd = open(path, O_WRONLY);
		mapped = mapped && fd >= 0 && write(fd, texts[i], strlen(texts[i])) > 0;
		close(fd);
	}
	return mapped;
}

static enum mount_result in_a_full_file_system(void)
{
	struct error err;
	struct stat st;
	int here, i = 0;

	if (!map_ids() || chdir(dir) < 0 || mount("full", "tree", "tmpfs", 0, "nr_inodes=200,mode=700") < 0)
		return MOUNT_NOT_ALLOWED;
	here = open("tree", O_RDONLY | O_DIRECTORY);
	mkdirat(here, "top", 0700);
	mkdirat(here, "top/a", 0700);
	mkdirat(here, "top/a/b", 0700);
	mkdirat(here, "top/a/b/c", 0700);
	mkdirat(here, "top/a/b/c/d", 0700);
	for (;; i++) {
		char path[64];
		int fd;

		snprintf(path, sizeof path, "top/a/b/c/d/%d", i);
		fd = openat(here, path, O_WRONLY | O_CREAT, 0600);
		if (fd < 0)
			break;
		close(fd);
	}
	if (errno != ENOSPC)
		return MOUNT_NOT_ALLOWED;
	if (remove_tree(here, "top", NO_LIMIT, &err) < 0 || fstatat(here, "top", &st, 0) == 0)
		return MOUNT_LOST;
	return MOUNT_KEPT;
}

/* A job that has used up the last inode is removed all the same. */
static void full_file_system(void **state)
{
	int status;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		_exit((int)in_a_full_file_system());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_removed();
	if (WEXITSTATUS(status) == MOUNT_NOT_ALLOWED) {
		print_message("nothing can be mounted here\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), MOUNT_KEPT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(simple_things),
		TEST(every_kind),
		TEST(links_outside),
		TEST(hard_link_outside),
		TEST(without_permissions),
		TEST(deep),
		TEST(broad),
		TEST(broad_and_deep),
		TEST(our_own_names),
		TEST(out_of_time),
		TEST(with_a_writer),
		TEST(mount_below),
		TEST(full_file_system),
	};

	close_range(3, ~0U, 0); /* what the caller left open would count against the few that deep() allows */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
