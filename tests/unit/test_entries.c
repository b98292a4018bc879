/* A directory of which only a part can be read: whoever walks it says so, and takes the part for no whole. */
#include "common/entries.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "image/manifest.h"
#include "runner/launch/listener_root.h"
#include "sandbox/disk/freeze.h"
#include "sandbox/files/remove_tree.h"
#include "sandbox/files/usage.h"
#include "sandbox/root/mirror.h"
#include "sandbox/root/upper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include "tests/unit/failing_readdir.h"
#include "tests/unit/place.h"

#define LAST 4 /* of an empty directory's and three files' entries: what comes before is read */

static int set_up(void **state)
{
	const struct place *place;

	readdir_fails_at = -1;
	if (place_make(state) < 0)
		return -1;
	place = *state;
	place_dir(place, "from", 0755);
	place_dir(place, "to", 0755);
	place_file(place, "from/a", "", 0644);
	place_file(place, "from/b", "", 0644);
	place_file(place, "from/c", "", 0644);
	return 0;
}

static int tear_down(void **state)
{
	readdir_fails_at = -1;
	return place_remove(state);
}

static void an_error_is_not_the_end(void **state)
{
	const struct place *place = *state;
	int fd = openat(place->fd, "from", O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = 0;
	_cleanup_(close_dir) DIR *dir = fdopendir(fd);
	const struct dirent *entry;
	int more;

	readdir_fails_at = LAST;
	while ((more = next_entry(dir, &entry)) > 0)
		n++;
	assert_int_equal(more, -1);
	assert_int_equal(errno, EIO);
	assert_in_range(n, 2, 3);
	rewinddir(dir);
	for (n = 0; next_entry(dir, &entry) > 0; n++)
		assert_true(entry->d_name[0] != '.');
	assert_int_equal(n, 3);
	assert_int_equal(next_entry(dir, &entry), 0);
}

static int nothing(void *context, const char *line, const char *path, struct error *err)
{
	(void)context;
	(void)line;
	(void)path;
	(void)err;
	return 0;
}

static void an_image_is_not_listed(void **state)
{
	static const struct image_size most = {UINT64_MAX, UINT64_MAX};
	const struct place *place = *state;
	_cleanup_(close_fd) int from = place_open(place, "from");
	struct image_size size;
	struct error err;

	assert_int_equal(image_manifest_walk(from, &most, nothing, NULL, &size, &err), 0);
	readdir_fails_at = LAST;
	assert_int_equal(image_manifest_walk(from, &most, nothing, NULL, &size, &err), -1);
	assert_int_equal(err.errnum, EIO);
}

static void a_layer_is_not_made(void **state)
{
	const struct place *place = *state;
	_cleanup_(close_fd) int from = place_open(place, "from"), to = place_open(place, "to");
	struct error err;

	readdir_fails_at = LAST;
	assert_int_equal(mirror_tree(from, to, "/from", PLAN_COPY_ALL, NULL, &err), -1);
	assert_int_equal(err.errnum, EIO);
}

static bool found(char kind, const char *path, void *data)
{
	(void)kind;
	(void)path;
	(void)data;
	return true;
}

static void changes_are_not_all(void **state)
{
	const struct place *place = *state;
	_cleanup_(close_fd) int from = place_open(place, "from"), to = place_open(place, "to");
	struct upper_walk walk = {.found = found, .depth_max = 9};

	assert_int_equal(upper_walk(&walk, from, &to, 1, ""), 0);
	assert_false(walk.unreadable);
	readdir_fails_at = LAST;
	assert_int_equal(upper_walk(&walk, from, &to, 1, ""), 0);
	assert_true(walk.unreadable);
}

static void what_is_stored_is_not_counted(void **state)
{
	const struct place *place = *state;
	_cleanup_(close_fd) int from = place_open(place, "from");
	struct usage usage = {0};

	readdir_fails_at = LAST;
	assert_int_equal(usage_tree(from, UINT64_MAX, UINT64_MAX, &usage), 0);
	assert_int_equal(usage.uncounted, UNCOUNTED_BLIND);
}

static void a_tree_is_not_removed(void **state)
{
	const struct place *place = *state;
	struct error err;

	readdir_fails_at = LAST;
	assert_int_equal(remove_tree(place->fd, "from", INT64_MAX, &err), -1);
	assert_int_equal(err.errnum, EIO);
}

static void a_listener_root_is_not_clean(void **state)
{
	const struct place *place = *state;
	_cleanup_(freep) char *root = format("%s/from", place->path);
	struct error err;

	readdir_fails_at = 0;
	assert_int_equal(listener_root_clean(root, &err), -1);
	assert_int_equal(err.errnum, EIO);
}

static void processes_are_not_all_known(void **state)
{
	struct freeze_process *list = NULL;
	size_t n;

	(void)state;
	assert_true(freeze_list(getpid(), &list, &n));
	free(list);
	readdir_fails_at = LAST;
	assert_false(freeze_list(getpid(), &list, &n));
	free(list);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_error_is_not_the_end),
		TEST(an_image_is_not_listed),
		TEST(a_layer_is_not_made),
		TEST(changes_are_not_all),
		TEST(what_is_stored_is_not_counted),
		TEST(a_tree_is_not_removed),
		TEST(a_listener_root_is_not_clean),
		TEST(processes_are_not_all_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
