/* Whose a tree becomes, and what of it nobody else may get: with groups, of which a user has several to give files to.
 */
#include "sandbox/files/give_tree.h"

#include "common/cleanup.h"
#include "common/clock.h"

#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/place.h"

/* A supplementary group; the own one: there is none. */
static gid_t other_group(void)
{
	gid_t groups[64];
	const int n = getgroups(64, groups);

	for (int i = 0; i < n; i++)
		if (groups[i] != getgid())
			return groups[i];
	return getgid();
}

static struct give to_other(void)
{
	return (struct give){.from_uid = getuid(),
		.to_uid = getuid(),
		.from_gid = getgid(),
		.to_gid = other_group(),
		.deadline_ns = clock_monotonic_ns() + 60 * NS_PER_S};
}

static void make(int dirfd, const char *path, mode_t mode)
{
	_cleanup_(close_fd) int fd = openat(dirfd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	assert_true(fd >= 0);
}

static gid_t group_of(int dirfd, const char *path)
{
	struct stat st;

	assert_int_equal(fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_gid;
}

/* The place has two directories, of which one is given. */
static void make_tree(int at)
{
	assert_int_equal(mkdirat(at, "tree", 0700), 0);
	assert_int_equal(mkdirat(at, "tree/deep", 0700), 0);
	assert_int_equal(mkdirat(at, "tree/closed", 0700), 0);
	assert_int_equal(mkdirat(at, "outside", 0700), 0);
	make(at, "tree/file", 0600);
	make(at, "tree/deep/file", 0);
	make(at, "tree/closed/file", 0600);
	make(at, "outside/file", 0600);
	make(at, "outside/linked", 0600);
	assert_int_equal(symlinkat("../outside", at, "tree/link"), 0);
	assert_int_equal(symlinkat("/nonexistent", at, "tree/dangling"), 0);
	assert_int_equal(linkat(at, "outside/linked", at, "tree/linked", 0), 0);
	assert_int_equal(mkfifoat(at, "tree/pipe", 0600), 0);
}

static int open_tree(int at)
{
	const int fd = openat(at, "tree", O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void all_of_it_is_given_and_nothing_beside_it(void **state)
{
	static const char *const given[] = {
		"tree", "tree/deep", "tree/deep/file", "tree/file", "tree/link", "tree/dangling", "tree/pipe"};
	static const char *const kept[] = {"outside", "outside/file", "outside/linked", "tree/linked"};
	const struct place *place = *state;
	_cleanup_(close_fd) int tree = -1;
	struct give give = to_other();

	if (give.to_gid == give.from_gid)
		skip();
	make_tree(place->fd);
	tree = open_tree(place->fd);
	assert_int_equal(give_tree(tree, &give), 0);
	for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
		assert_int_equal(group_of(place->fd, given[i]), give.to_gid);
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
		assert_int_equal(group_of(place->fd, kept[i]), give.from_gid);
	assert_int_equal(give.linked_left, 1);
	assert_int_equal(give.refused, 0);
	assert_false(give.late || give.deep);

	/* On the way back. */
	give = to_other();
	give.linked = true;
	assert_int_equal(give_tree(tree, &give), 0);
	assert_int_equal(group_of(place->fd, "outside/linked"), give.to_gid);
	assert_int_equal(group_of(place->fd, "outside/file"), give.from_gid);
}

static void what_is_spared_keeps_its_owner_with_all_below(void **state)
{
	const struct place *place = *state;
	_cleanup_(close_fd) int tree = -1;
	struct give give = to_other();
	struct give_spared spared;
	struct stat st;

	if (give.to_gid == give.from_gid)
		skip();
	make_tree(place->fd);
	tree = open_tree(place->fd);
	assert_int_equal(fstatat(place->fd, "tree/closed", &st, 0), 0);
	spared = (struct give_spared){st.st_dev, st.st_ino};
	give.spared = &spared;
	give.n_spared = 1;
	assert_int_equal(give_tree(tree, &give), 0);
	assert_int_equal(group_of(place->fd, "tree/closed"), give.from_gid);
	assert_int_equal(group_of(place->fd, "tree/closed/file"), give.from_gid);
	assert_int_equal(group_of(place->fd, "tree/deep/file"), give.to_gid);
}

/* A directory comes after what is in it: so one that was begun is gone through again. */
static void what_is_late_is_said_and_left(void **state)
{
	const struct place *place = *state;
	_cleanup_(close_fd) int tree = -1;
	struct give give = to_other();

	make_tree(place->fd);
	tree = open_tree(place->fd);
	give.deadline_ns = clock_monotonic_ns() - 1;
	assert_int_equal(give_tree(tree, &give), 0);
	assert_true(give.late);
	assert_int_equal(group_of(place->fd, "tree/file"), give.from_gid);
	assert_int_equal(group_of(place->fd, "tree/deep/file"), give.from_gid);
}

/* The limit is one of open descriptors and of the stack. */
static void what_is_too_deep_is_said_and_left(void **state)
{
	const struct place *place = *state;
	_cleanup_(close_fd) int tree = -1, at = openat(place->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct give give = to_other();

	assert_int_equal(mkdirat(place->fd, "tree", 0700), 0);
	tree = open_tree(place->fd);
	for (unsigned i = 0; i < GIVE_DEPTH_MAX + 2; i++) {
		const int below = openat(at, i == 0 ? "tree" : "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		assert_true(below >= 0);
		close_fd(&at);
		at = below;
		assert_int_equal(mkdirat(at, "d", 0700), 0);
	}
	assert_int_equal(give_tree(tree, &give), 0);
	assert_true(give.deep);
	assert_false(give.late);
}

static void what_cannot_be_given_is_counted_and_the_first_named(void **state)
{
	const struct place *place = *state;
	_cleanup_(close_fd) int tree = -1;
	struct give give = to_other();
	char path[128];

	if (geteuid() == 0)
		skip();
	make_tree(place->fd);
	tree = open_tree(place->fd);
	/* Nobody gives a file to root. */
	give.to_uid = 0;
	assert_int_equal(give_tree(tree, &give), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(give.errnum, EPERM);
	assert_int_equal(give.given, 0);
	assert_int_equal(give.refused, 9); /* each, but that with several names, which is left */
	snprintf(path, sizeof path, "%s/tree/", place->path);
	assert_memory_equal(give.first, path, strlen(path));
	assert_int_equal(group_of(place->fd, "tree/file"), give.from_gid);
}

static void what_is_somebody_elses_is_not_looked_at(void **state)
{
	const struct place *place = *state;
	_cleanup_(close_fd) int tree = -1;
	struct give give = to_other();

	make_tree(place->fd);
	tree = open_tree(place->fd);
	give.from_uid = getuid() + 1;
	give.to_uid = 0;
	give.from_gid = (gid_t)-2;
	assert_int_equal(give_tree(tree, &give), 0);
	assert_int_equal(give.given, 0);
	assert_int_equal(give.refused, 0);
	assert_int_equal(give.linked_left, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_of_it_is_given_and_nothing_beside_it, place_make, place_remove),
		cmocka_unit_test_setup_teardown(
			what_is_spared_keeps_its_owner_with_all_below, place_make, place_remove),
		cmocka_unit_test_setup_teardown(what_is_late_is_said_and_left, place_make, place_remove),
		cmocka_unit_test_setup_teardown(what_is_too_deep_is_said_and_left, place_make, place_remove),
		cmocka_unit_test_setup_teardown(
			what_cannot_be_given_is_counted_and_the_first_named, place_make, place_remove),
		cmocka_unit_test_setup_teardown(what_is_somebody_elses_is_not_looked_at, place_make, place_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
