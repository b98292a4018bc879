#include "sandbox/files/usage.h"

#include "common/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>

#include "tests/unit/place.h"

#define MIB (UINT64_C(1) << 20)

static int fill(const struct place *place, const char *path, off_t bytes)
{
	int fd = openat(place->fd, path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(posix_fallocate(fd, 0, bytes), 0);
	return fd;
}

static struct usage count(const struct place *place, uint64_t bytes, uint64_t files)
{
	_cleanup_(close_fd) int top = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct usage usage = {0};

	assert_int_equal(usage_tree(top, bytes, files, &usage), 0);
	return usage;
}

static void counts_blocks_not_lengths(void **state)
{
	const struct place *place = *state;
	struct usage usage;
	int fd = fill(place, "full", 2 << 20);

	close(fd);
	fd = openat(place->fd, "sparse", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(fd, 1 << 30), 0);
	close(fd);
	place_dir(place, "dir", 0755);
	close(fill(place, "dir/below", 1 << 20));
	usage = count(place, UINT64_MAX, UINT64_MAX);
	assert_int_equal(usage.files, 4);
	assert_in_range(usage.bytes, 3 * MIB, 3 * MIB + MIB / 4);
}

static void several_names_count_once(void **state)
{
	const struct place *place = *state;
	struct usage usage;

	close(fill(place, "a", 2 << 20));
	for (char name[] = "b"; name[0] <= 'e'; name[0]++)
		assert_int_equal(linkat(place->fd, "a", place->fd, name, 0), 0);
	usage = count(place, UINT64_MAX, UINT64_MAX);
	assert_in_range(usage.bytes, 2 * MIB - MIB / 4, 2 * MIB + MIB / 4);
}

/* The other names may be where nobody counts. */
static void a_name_elsewhere_takes_nothing_away(void **state)
{
	const struct place *place = *state;
	_cleanup_(close_fd) int tree = -1;
	struct usage usage = {0};
	char name[16];

	place_dir(place, "tree", 0755);
	place_dir(place, "out", 0755);
	close(fill(place, "tree/f", 2 << 20));
	for (int i = 0; i < 600; i++) { /* and as many files with two names as make a table grow */
		snprintf(name, sizeof name, "out/%d", i);
		assert_int_equal(linkat(place->fd, "tree/f", place->fd, name, 0), 0);
	}
	tree = place_open(place, "tree");
	assert_int_equal(usage_tree(tree, UINT64_MAX, UINT64_MAX, &usage), 0);
	assert_in_range(usage.bytes, 2 * MIB, 2 * MIB + MIB / 4);
}

static void many_files_of_two_names(void **state)
{
	const struct place *place = *state;
	struct usage usage;
	char a[16], b[16];

	for (int i = 0; i < 1000; i++) {
		snprintf(a, sizeof a, "a%d", i);
		snprintf(b, sizeof b, "b%d", i);
		close(fill(place, a, 4096));
		assert_int_equal(linkat(place->fd, a, place->fd, b, 0), 0);
	}
	usage = count(place, UINT64_MAX, UINT64_MAX);
	assert_int_equal(usage.files, 2000);
	assert_in_range(usage.bytes, 1000 * 4096, 1000 * 4096 + MIB);
}

static void trees_that_overlap_count_once(void **state)
{
	const struct place *place = *state;
	struct usage usage = {0};
	int fds[5];

	place_dir(place, "dir", 0755);
	place_dir(place, "dir/sub", 0755);
	close(fill(place, "dir/sub/f", 2 << 20));
	fds[4] = fill(place, "g", 1 << 20);
	fds[0] = place_open(place, "dir/sub");
	fds[1] = place_open(place, ".");
	fds[2] = place_open(place, "dir");
	fds[3] = place_open(place, "dir");
	assert_int_equal(usage_trees(fds, 5, UINT64_MAX, UINT64_MAX, &usage), 0);
	assert_in_range(usage.bytes, 3 * MIB, 3 * MIB + MIB / 4);
	assert_int_equal(usage.files, 2);
	for (size_t i = 0; i < 5; i++)
		close(fds[i]);
}

static void stops_when_it_is_enough(void **state)
{
	const struct place *place = *state;
	char name[16];

	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof name, "f%d", i);
		close(fill(place, name, 64 << 10));
	}
	assert_int_equal(count(place, UINT64_MAX, 10).files, 11);
	assert_in_range(count(place, MIB, UINT64_MAX).bytes, MIB, MIB + MIB / 2);
}

static void too_long_is_said(void **state)
{
	const struct place *place = *state;
	_cleanup_(close_fd) int top = place_open(place, ".");
	struct usage usage = {.latest_ns = 1}; /* long ago */
	char name[16];

	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "f%d", i);
		place_file(place, name, "", 0600);
	}
	assert_int_equal(usage_tree(top, UINT64_MAX, UINT64_MAX, &usage), 0);
	assert_int_equal(usage.uncounted, UNCOUNTED_TIME);
	assert_in_range(usage.files, 1, 299);
}

static void too_deep_is_said(void **state)
{
	const struct place *place = *state;

	place_deep(place_open(place, "."), USAGE_DEPTH_MAX + 5);
	assert_int_equal(count(place, UINT64_MAX, UINT64_MAX).uncounted, UNCOUNTED_DEPTH);
}

static void a_file_is_its_own_tree(void **state)
{
	const struct place *place = *state;
	_cleanup_(close_fd) int fd = fill(place, "file", 2 << 20);
	struct usage usage = {0};

	assert_int_equal(usage_tree(fd, UINT64_MAX, UINT64_MAX, &usage), 0);
	assert_int_equal(usage.files, 1);
	assert_in_range(usage.bytes, 2 * MIB, 2 * MIB + MIB / 4);
	assert_int_equal(usage.n_devices, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(counts_blocks_not_lengths),
		TEST(several_names_count_once),
		TEST(a_name_elsewhere_takes_nothing_away),
		TEST(many_files_of_two_names),
		TEST(trees_that_overlap_count_once),
		TEST(stops_when_it_is_enough),
		TEST(too_long_is_said),
		TEST(too_deep_is_said),
		TEST(a_file_is_its_own_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
