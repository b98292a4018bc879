/* With the caller's own subordinate ids; without any in /etc/subuid there is nothing to test. */
#include "sandbox/identity/idmap_remove.h"

#include "sandbox/files/remove_tree.h"
#include "sandbox/identity/idmap.h"
#include "sandbox/identity/idmap_run.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define DEPTH 4000
#define NO_LIMIT INT64_MAX
#define S INT64_C(1000000000)

static struct idmap uids, gids;
static bool have_map;
static char why_not[ERROR_TEXT_MAX];

static char dir[64];
static int dirfd = -1;

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * S + now.tv_nsec;
}

static void inspect(void)
{
	struct facts_idmap facts = {0};
	struct error err;

	have_map = facts_idmap_detect(&facts, &err) == 0 &&
		   idmap_decide(&facts, getuid(), getgid(), &uids, &gids, &err) == 0;
	if (!have_map)
		snprintf(why_not, sizeof why_not, "%s", err.text);
	facts_idmap_free(&facts);
}

#define NEEDS_MAP()                                     \
	do {                                            \
		if (!have_map) {                        \
			print_message("%s\n", why_not); \
			skip();                         \
		}                                       \
	} while (0)

static int set_up(void **state)
{
	int fd;

	(void)state;
	strcpy(dir, "/tmp/idmap-remove-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	dirfd = open(dir, O_RDONLY | O_DIRECTORY);
	if (dirfd < 0 || mkdirat(dirfd, "outside", 0750) < 0 || mkdirat(dirfd, "tree", 0700) < 0)
		return -1;
	fd = openat(dirfd, "outside/canary", O_WRONLY | O_CREAT, 0640);
	close(fd);
	return fd >= 0 ? 0 : -1;
}

/* The canary has its mode, owner and place, and there is nothing else. */
static int tear_down(void **state)
{
	struct stat st;
	bool whole = fstatat(dirfd, "outside", &st, AT_SYMLINK_NOFOLLOW) == 0 && (st.st_mode & 07777) == 0750 &&
		     fstatat(dirfd, "outside/canary", &st, AT_SYMLINK_NOFOLLOW) == 0 && (st.st_mode & 07777) == 0640 &&
		     st.st_uid == getuid() && st.st_nlink == 1;

	(void)state;
	unlinkat(dirfd, "outside/canary", 0);
	unlinkat(dirfd, "outside", AT_REMOVEDIR);
	unlinkat(dirfd, "tree", AT_REMOVEDIR);
	close(dirfd);
	return rmdir(dir) == 0 && whole ? 0 : -1;
}

static int as_root(idmap_work *work, struct error *err)
{
	return idmap_run(&uids, &gids, now_ns() + 60 * S, work, NULL, err);
}

static int must(bool done, const char *what, struct error *err)
{
	return done ? 0 : error_set(err, errno, "%s", what);
}

/* A descriptor of a new directory. */
static int directory(int at, const char *name)
{
	return mkdirat(at, name, 0700) == 0 ? openat(at, name, O_RDONLY | O_DIRECTORY) : -1;
}

/* All that is ever made to mislead a removal, by several of the job's ids. */
static int make_hostile_tree(void *data, struct error *err)
{
	int tree = openat(dirfd, "tree", O_RDONLY | O_DIRECTORY), here, fd;

	(void)data;
	if (must(tree >= 0, "tree", err) < 0 ||
		must(symlinkat("../outside", tree, "link") == 0 && symlinkat("/", tree, "root") == 0, "links", err) <
			0 ||
		must(mkfifoat(tree, "fifo", 0) == 0, "fifo", err) < 0)
		return -1;
	here = directory(tree, "deep");
	for (int i = 0; here >= 0 && i < DEPTH; i++) {
		int next = directory(here, "d");

		if (fchownat(here, "d", (uid_t)(i % 7), (gid_t)(i % 5), 0) < 0 || fchmodat(here, "d", 0, 0) < 0)
			return error_set(err, errno, "level %d", i);
		close(here);
		here = next;
	}
	if (must(here >= 0 && symlinkat("../../outside/canary", here, "link") == 0, "deep", err) < 0)
		return -1;
	fd = openat(tree, "setuid", O_WRONLY | O_CREAT, 0600);
	if (must(fd >= 0 && fchown(fd, 65534, 65535) == 0 && fchmod(fd, 06755) == 0, "setuid", err) < 0 ||
		must(linkat(tree, "setuid", tree, "hard", 0) == 0, "hard link", err) < 0 ||
		must(mkdirat(tree, "sticky", 01777) == 0 && mkdirat(tree, "sticky/full", 0) == 0 &&
				fchownat(tree, "sticky/full", 3, 3, 0) == 0,
			"sticky", err) < 0)
		return -1;
	return must(fchown(tree, 33, 33) == 0 && fchmod(tree, 0) == 0, "tree", err);
}

static void assert_gone(void)
{
	assert_int_equal(faccessat(dirfd, "tree", F_OK, AT_SYMLINK_NOFOLLOW), -1);
	assert_int_equal(errno, ENOENT);
}

static void hostile_tree(void **state)
{
	struct error err = {0};

	(void)state;
	NEEDS_MAP();
	if (as_root(make_hostile_tree, &err) < 0)
		fail_msg("%s", err.text);
	/* Without the map it stays. */
	assert_int_equal(remove_tree(dirfd, "tree", NO_LIMIT, &err), -1);
	assert_true(err.errnum == EPERM || err.errnum == EACCES);
	assert_int_equal(faccessat(dirfd, "tree", F_OK, AT_SYMLINK_NOFOLLOW), 0);
	if (remove_tree_of_job(dirfd, "tree", NO_LIMIT, &err) < 0)
		fail_msg("%s", err.text);
	assert_gone();
	assert_int_equal(remove_tree_of_job(dirfd, "tree", NO_LIMIT, &err), 0);
}

/* In the middle of it: what is left goes the next time. */
static void goes_on_after_a_deadline(void **state)
{
	struct error err = {0};

	(void)state;
	NEEDS_MAP();
	if (as_root(make_hostile_tree, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(idmap_remove_tree(&uids, &gids, dirfd, "tree", now_ns(), &err), -1);
	assert_int_equal(err.errnum, ETIMEDOUT);
	assert_int_equal(faccessat(dirfd, "tree", F_OK, AT_SYMLINK_NOFOLLOW), 0);
	if (idmap_remove_tree(&uids, &gids, dirfd, "tree", NO_LIMIT, &err) < 0)
		fail_msg("%s", err.text);
	assert_gone();
}

static void own_tree_needs_no_map(void **state)
{
	struct error err = {0};

	(void)state;
	assert_int_equal(mkdirat(dirfd, "tree/a", 0700), 0);
	assert_int_equal(fchmodat(dirfd, "tree", 0, 0), 0);
	assert_int_equal(remove_tree_of_job(dirfd, "tree", NO_LIMIT, &err), 0);
	assert_gone();
}

/* What holds the tree is not the job's to close, so it is not opened by force. */
static void closed_by_somebody_else(void **state)
{
	struct error err = {0};

	(void)state;
	assert_int_equal(fchmod(dirfd, 0500), 0);
	assert_int_equal(remove_tree_of_job(dirfd, "tree", NO_LIMIT, &err), -1);
	assert_int_equal(fchmod(dirfd, 0700), 0);
	assert_int_equal(err.errnum, EACCES);
	assert_int_equal(faccessat(dirfd, "tree", F_OK, AT_SYMLINK_NOFOLLOW), 0);
}

static int be_looked_at(void *data, struct error *err)
{
	gid_t groups[1];

	(void)data;
	if (getuid() != 0 || geteuid() != 0 || getgid() != 0 || getegid() != 0 || getgroups(1, groups) != 0)
		return error_set(err, 0, "uid %u gid %u groups %d", getuid(), getgid(), getgroups(0, NULL));
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return error_set(err, 0, "the child of one that may not be looked into can be");
	if (getsid(0) != getpid())
		return error_set(err, 0, "what is sent to its parent's process group reaches it");
	if (chown("/etc/passwd", 0, 0) == 0)
		return error_set(err, 0, "root's file was given away");
	return 0;
}

/* Root of the map, without what our memory holds being open to anybody. */
static void the_child(void **state)
{
	struct error err = {0};
	int before = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), result;

	(void)state;
	NEEDS_MAP();
	assert_int_equal(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), 0);
	result = as_root(be_looked_at, &err);
	prctl(PR_SET_DUMPABLE, before, 0, 0, 0);
	if (result < 0)
		fail_msg("%s", err.text);
	assert_true(getuid() != 0);
}

static int hang(void *data, struct error *err)
{
	(void)data;
	(void)err;
	while (pause() < 0)
		;
	return 0;
}

static void a_child_that_hangs_is_killed(void **state)
{
	struct error err = {0};

	(void)state;
	NEEDS_MAP();
	assert_int_equal(idmap_run(&uids, &gids, now_ns(), hang, NULL, &err), -1);
	assert_int_equal(err.errnum, ETIMEDOUT);
}

static void a_map_that_is_not_ours(void **state)
{
	struct idmap foreign = {.n = 1, .extents = {{0, 0, 1}}};
	struct error err = {0};

	(void)state;
	NEEDS_MAP();
	assert_int_equal(idmap_remove_tree(&foreign, &gids, dirfd, "tree", NO_LIMIT, &err), -1);
	assert_non_null(strstr(err.text, "newuidmap: exit 1"));
	assert_int_equal(faccessat(dirfd, "tree", F_OK, AT_SYMLINK_NOFOLLOW), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hostile_tree),
		TEST(goes_on_after_a_deadline),
		TEST(own_tree_needs_no_map),
		TEST(closed_by_somebody_else),
		TEST(the_child),
		TEST(a_child_that_hangs_is_killed),
		TEST(a_map_that_is_not_ours),
	};

	inspect();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
