#include "sandbox/disk/trees.h"

#include "common/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>

#include "tests/unit/place.h"

#define KIB 1024

static char names[8][128];

/* A bind of what is called so in the place. */
static struct plan_mount bind(const struct place *place, size_t i, const char *name)
{
	snprintf(names[i], sizeof names[i], "%s/%s", place->path, name);
	return (struct plan_mount){
		.kind = PLAN_MOUNT_BIND, .source = names[i], .target = names[i], .writable = true, .nofollow = true};
}

static struct plan_root planned(struct plan_mount *mounts, size_t n)
{
	return (struct plan_root){.mounts = mounts, .n_mounts = n};
}

static void fill(const struct place *place, const char *path, off_t bytes)
{
	_cleanup_(close_fd) int fd = openat(place->fd, path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(posix_fallocate(fd, 0, bytes), 0);
}

static struct usage count(const struct plan_root *root, struct disk_trees *trees)
{
	struct usage usage = {0};
	struct error err;

	assert_int_equal(disk_trees_open(root, trees, &err), 0);
	assert_int_equal(disk_trees_count(trees, UINT64_MAX, UINT64_MAX, &usage), 0);
	return usage;
}

/* What the job cannot write, or what is gone with it, does not count. */
static void only_what_the_job_writes_counts(void **state)
{
	const struct place *place = *state;
	struct plan_mount mounts[6];
	const struct plan_root root = planned(mounts, 6);
	_cleanup_(disk_trees_close) struct disk_trees trees = {0};
	struct usage usage;

	place_dir(place, "read", 0755);
	place_dir(place, "written", 0755);
	fill(place, "read/file", 512 * KIB);
	fill(place, "written/file", 64 * KIB);
	fill(place, "file", 32 * KIB);
	for (size_t i = 0; i < 4; i++)
		mounts[i] = bind(place, i, "read");
	mounts[0].writable = false;
	mounts[1].kind = PLAN_MOUNT_TMPFS;
	mounts[2].kind = PLAN_MOUNT_HIDE;
	mounts[3].kind = PLAN_MOUNT_LAYER;
	assert_false(disk_trees_any(&(struct plan_root){.mounts = mounts, .n_mounts = 4}));
	assert_false(disk_trees_any(&(struct plan_root){0}));
	mounts[4] = bind(place, 4, "written");
	mounts[5] = bind(place, 5, "file");
	assert_true(disk_trees_any(&root));
	usage = count(&root, &trees);
	assert_int_equal(trees.n, 2);
	assert_in_range(usage.bytes, 96 * KIB, 128 * KIB);
	assert_in_range(usage.files, 2, 3);
	assert_true(disk_trees_room(&trees).bytes > 0);
	/* It stops early. */
	usage = (struct usage){0};
	assert_int_equal(disk_trees_count(&trees, 1, UINT64_MAX, &usage), 0);
	assert_true(usage.bytes > 1);
}

static void what_is_bound_twice_counts_once(void **state)
{
	const struct place *place = *state;
	struct plan_mount mounts[3];
	const struct plan_root root = planned(mounts, 3);
	_cleanup_(disk_trees_close) struct disk_trees trees = {0};
	struct usage usage;

	place_dir(place, "tree", 0755);
	place_dir(place, "tree/below", 0755);
	fill(place, "tree/below/file", 64 * KIB);
	mounts[0] = bind(place, 0, "tree");
	mounts[1] = bind(place, 1, "tree");
	mounts[2] = bind(place, 2, "tree/below");
	usage = count(&root, &trees);
	assert_in_range(usage.bytes, 64 * KIB, 96 * KIB);
}

/* A FIFO or a device stores nothing, and what need not be there may be missing. */
static void what_stores_nothing_is_left_out(void **state)
{
	const struct place *place = *state;
	struct plan_mount mounts[3];
	const struct plan_root root = planned(mounts, 3);
	_cleanup_(disk_trees_close) struct disk_trees trees = {0};
	struct usage usage;

	assert_int_equal(mkfifoat(place->fd, "fifo", 0600), 0);
	mounts[0] = bind(place, 0, "fifo");
	mounts[1] = bind(place, 1, "missing");
	mounts[1].optional = true;
	mounts[2] = bind(place, 2, "null");
	strcpy(names[2], "/dev/null");
	usage = count(&root, &trees);
	assert_int_equal(trees.n, 0);
	assert_int_equal(usage.bytes + usage.files, 0);
	assert_int_equal(disk_trees_room(&trees).bytes, 0);
	disk_trees_close(&trees);
	assert_null(trees.fds);
}

static void expect_error(struct plan_mount mount, int errnum)
{
	struct plan_mount mounts[2] = {mount, mount};
	const struct plan_root root = planned(mounts, 2);
	struct disk_trees trees = {0};
	struct error err;
	char text[192];

	snprintf(text, sizeof text, "disk limit: %s: ", mount.source);
	assert_int_equal(disk_trees_open(&root, &trees, &err), -1);
	assert_int_equal(err.errnum, errnum);
	assert_memory_equal(err.text, text, strlen(text));
	disk_trees_close(&trees);
	disk_trees_close(&trees);
}

/* Nothing is counted in the place of what a job will write: neither another directory nor nothing at all. */
static void what_cannot_be_counted_is_an_error(void **state)
{
	const struct place *place = *state;
	struct plan_mount mount;

	place_dir(place, "real", 0755);
	place_dir(place, "closed", 0);
	assert_int_equal(symlinkat("real", place->fd, "link"), 0);
	expect_error(bind(place, 0, "missing"), ENOENT);
	expect_error(bind(place, 1, "link"), ELOOP);
	expect_error(bind(place, 2, "closed/below"), EACCES);
	mount = bind(place, 3, "closed/below"); /* it may be missing, and nobody can tell whether it is */
	mount.optional = true;
	expect_error(mount, EACCES);
	/* One of the kernel's leads past every mount, whoever may follow links. */
	mount = bind(place, 4, "own");
	snprintf(names[4], sizeof names[4], "/proc/self/fd/%d", place->fd);
	mount.nofollow = false;
	expect_error(mount, ELOOP);
}

/* A link of the caller's own leads where he wants. */
static void a_link_is_followed_where_no_job_has_written(void **state)
{
	const struct place *place = *state;
	struct plan_mount mount = bind(place, 0, "link");
	const struct plan_root root = planned(&mount, 1);
	_cleanup_(disk_trees_close) struct disk_trees trees = {0};
	struct usage usage;

	place_dir(place, "real", 0755);
	fill(place, "real/file", 64 * KIB);
	assert_int_equal(symlinkat("real", place->fd, "link"), 0);
	mount.nofollow = false;
	usage = count(&root, &trees);
	assert_in_range(usage.bytes, 64 * KIB, 96 * KIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_what_the_job_writes_counts, place_make, place_remove),
		cmocka_unit_test_setup_teardown(what_is_bound_twice_counts_once, place_make, place_remove),
		cmocka_unit_test_setup_teardown(what_stores_nothing_is_left_out, place_make, place_remove),
		cmocka_unit_test_setup_teardown(what_cannot_be_counted_is_an_error, place_make, place_remove),
		cmocka_unit_test_setup_teardown(a_link_is_followed_where_no_job_has_written, place_make, place_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
