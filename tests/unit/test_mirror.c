#include "sandbox/root/mirror.h"

#include "common/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include "tests/unit/place.h"

static int make_source(void **state)
{
	const struct place *place;

	if (place_make(state) < 0)
		return -1;
	place = *state;
	umask(0);
	place_dir(place, "from", 0755);
	place_dir(place, "to", 0755);
	place_dir(place, "from/bin", 0755);
	place_dir(place, "from/bin/deep", 0500);
	place_dir(place, "from/tmp", 01777);
	place_dir(place, "from/secret", 0);
	place_file(place, "from/top", "text", 0644);
	place_file(place, "from/bin/lock", "", 0640);
	place_file(place, "from/bin/file", "text", 0755);
	place_file(place, "from/unreadable", "text", 0);
	assert_int_equal(symlinkat("/etc/passwd", place->fd, "from/link"), 0);
	assert_int_equal(mkfifoat(place->fd, "from/fifo", 0600), 0);
	return 0;
}

static void mirror(const struct place *place, enum plan_copy copy)
{
	_cleanup_(close_fd) int from = place_open(place, "from");
	_cleanup_(close_fd) int to = place_open(place, "to");
	struct error err;

	if (mirror_tree(from, to, "/from", copy, NULL, &err) < 0)
		fail_msg("%s", err.text);
}

static bool has(const struct place *place, const char *path)
{
	struct stat st;

	return fstatat(place->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static mode_t mode(const struct place *place, const char *path)
{
	struct stat st;

	assert_int_equal(fstatat(place->fd, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_mode & 07777;
}

static void directories_only(void **state)
{
	const struct place *place = *state;

	mirror(place, PLAN_COPY_DIRECTORIES);
	assert_int_equal(mode(place, "to/bin"), 0755);
	assert_int_equal(mode(place, "to/bin/deep"), 0700); /* the owner can enter */
	assert_int_equal(mode(place, "to/tmp"), 01777);
	assert_false(has(place, "to/top") || has(place, "to/link") || has(place, "to/bin/file") ||
		     has(place, "to/bin/lock"));
	assert_false(has(place, "to/secret")); /* what cannot be read is not promised */
}

static void top_files_and_locks(void **state)
{
	const struct place *place = *state;

	mirror(place, PLAN_COPY_TOP);
	assert_true(has(place, "to/top") && has(place, "to/bin/lock"));
	assert_false(has(place, "to/bin/file") || has(place, "to/link") || has(place, "to/unreadable"));
}

static void everything_that_can_be_read(void **state)
{
	const struct place *place = *state;
	char text[16];
	_cleanup_(close_fd) int copy = -1;

	mirror(place, PLAN_COPY_ALL);
	copy = openat(place->fd, "to/top", O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(copy, text, sizeof text), 4);
	assert_memory_equal(text, "text", 4);
	assert_int_equal(mode(place, "to/bin/file"), 0755);
	assert_int_equal(readlinkat(place->fd, "to/link", text, sizeof text), 11);
	assert_false(has(place, "to/unreadable") || has(place, "to/secret") || has(place, "to/fifo"));
}

static void hides_with_a_whiteout_where_something_is_below(void **state)
{
	const struct place *place = *state;
	_cleanup_(close_fd) int to = -1;
	struct stat st;

	mirror(place, PLAN_COPY_ALL);
	to = place_open(place, "to");
	assert_int_equal(symlinkat("bin", place->fd, "to/alias"), 0);
	mirror_hide(to, "/alias/file", true);
	assert_true(has(place, "to/bin/file"));
	mirror_hide(to, "/bin", false);
	assert_false(has(place, "to/bin"));
	mirror_hide(to, "/top", true);
	assert_int_equal(fstatat(place->fd, "to/top", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISCHR(st.st_mode) && st.st_rdev == 0);
	/* What cannot be reached must be covered by a mount, like what is behind a link. */
	mirror_hide(to, "/nothing/below", true);
	assert_false(has(place, "to/nothing"));
}

static void too_deep_is_an_error(void **state)
{
	const struct place *place = *state;
	_cleanup_(close_fd) int from = place_open(place, "from/bin");
	_cleanup_(close_fd) int to = place_open(place, "to");
	struct error err;

	place_deep(dup(from), 200);
	assert_int_equal(mirror_tree(from, to, "/from", PLAN_COPY_DIRECTORIES, NULL, &err), -1);
	assert_non_null(strstr(err.text, "layer over /from"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_source, place_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(directories_only),
		TEST(top_files_and_locks),
		TEST(everything_that_can_be_read),
		TEST(hides_with_a_whiteout_where_something_is_below),
		TEST(too_deep_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
