#include "sandbox/root/upper.h"

#include "common/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/xattr.h>

#include "tests/unit/place.h"

struct heard {
	char text[4096];
	int stop_after; /* -1: never */
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool hear(char kind, const char *path, void *data)
{
	struct heard *heard = data;
	size_t used = strlen(heard->text);

	if (heard->stop_after == 0)
		return false;
	heard->stop_after--;
	snprintf(heard->text + used, sizeof heard->text - used, "%c%s\n", kind, path);
	return true;
}

/* The lines in order: a directory is read in any. */
static void sort_lines(char text[static 4096])
{
	char *lines[64] = {NULL}, sorted[4096] = "";
	size_t n = 0;

	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
		lines[n++] = line;
	qsort(lines, n, sizeof lines[0], by_name);
	for (size_t i = 0; i < n; i++)
		snprintf(sorted + strlen(sorted), sizeof sorted - strlen(sorted), "%s ", lines[i]);
	memcpy(text, sorted, sizeof sorted);
}

static int walk(struct upper_walk *walk, const struct place *place, const char *const lowers[], size_t n)
{
	_cleanup_(close_fd) int upper = place_open(place, "upper");
	int lower[UPPER_LOWER_MAX];
	int result;

	for (size_t i = 0; i < n; i++)
		lower[i] = place_open(place, lowers[i]);
	result = upper_walk(walk, upper, lower, n, "");
	for (size_t i = 0; i < n; i++)
		close(lower[i]);
	return result;
}

static void expect(const struct place *place, const char *const lowers[], size_t n, const char *expected)
{
	struct heard heard = {.stop_after = -1};
	struct upper_walk how = {.found = hear, .data = &heard, .depth_max = 16};

	assert_int_equal(walk(&how, place, lowers, n), 0);
	assert_false(how.too_deep);
	sort_lines(heard.text);
	assert_string_equal(heard.text, expected);
}

static const char *const one[] = {"lower"};
static const char *const two[] = {"mirror", "lower"};

static int make_layers(void **state)
{
	const struct place *place;

	if (place_make(state) < 0)
		return -1;
	place = *state;
	place_dir(place, "upper", 0755);
	place_dir(place, "mirror", 0755);
	place_dir(place, "lower", 0755);
	place_dir(place, "lower/dir", 0755);
	place_file(place, "lower/dir/file", "x", 0644);
	place_file(place, "lower/dir/other", "x", 0644);
	return 0;
}

static void names_what_was_added_modified_and_deleted(void **state)
{
	const struct place *place = *state;

	place_dir(place, "upper/dir", 0755);
	place_file(place, "upper/dir/file", "y", 0644);
	place_whiteout(place, "upper/dir/other");
	place_whiteout(place, "upper/dir/never");
	place_dir(place, "upper/new", 0755);
	place_file(place, "upper/new/file", "", 0644);
	expect(place, one, 1, "A/new A/new/file D/dir/other M/dir/file ");
}

static void a_directory_is_modified_by_its_mode_only(void **state)
{
	const struct place *place = *state;

	place_dir(place, "upper/dir", 0700);
	expect(place, one, 1, "M/dir ");
}

static void a_file_in_the_place_of_a_directory_and_the_reverse(void **state)
{
	const struct place *place = *state;

	place_file(place, "upper/dir", "", 0644);
	expect(place, one, 1, "M/dir ");
	assert_int_equal(unlinkat(place->fd, "upper/dir", 0), 0);
	place_dir(place, "upper/dir", 0755);
	place_dir(place, "upper/dir/file", 0755);
	place_file(place, "upper/dir/file/below", "", 0644);
	expect(place, one, 1, "A/dir/file/below M/dir/file ");
}

static void an_opaque_directory_deletes_what_it_hides(void **state)
{
	const struct place *place = *state;
	char path[128];

	place_dir(place, "lower/dir/sub", 0755);
	place_file(place, "lower/dir/sub/deep", "", 0644);
	place_dir(place, "upper/dir", 0755);
	place_dir(place, "upper/dir/sub", 0755);
	place_file(place, "upper/dir/file", "", 0644);
	snprintf(path, sizeof path, "%s/upper/dir", place->path);
	if (setxattr(path, "user.overlay.opaque", "y", 1, 0) < 0 && errno == EOPNOTSUPP)
		skip(); /* /tmp keeps no user attributes: a tmpfs before 6.6 */
	expect(place, one, 1, "D/dir/other D/dir/sub/deep M/dir/file ");
}

/* What a middle layer hides was not there for the job. */
static void two_layers_are_seen_as_one(void **state)
{
	const struct place *place = *state;

	place_dir(place, "mirror/dir", 0700);
	place_whiteout(place, "mirror/dir/other");
	place_dir(place, "upper/dir", 0700);
	place_file(place, "upper/dir/other", "", 0644);
	place_file(place, "upper/dir/file", "", 0644);
	expect(place, two, 2, "A/dir/other M/dir/file ");
}

static void links_are_not_followed(void **state)
{
	const struct place *place = *state;

	assert_int_equal(symlinkat("/etc", place->fd, "upper/link"), 0);
	assert_int_equal(symlinkat("/etc", place->fd, "lower/dir/link"), 0);
	place_dir(place, "upper/dir", 0755);
	place_dir(place, "upper/dir/link", 0755);
	place_file(place, "upper/dir/link/passwd", "", 0644);
	/* /etc/passwd is there on the host, but not below. */
	expect(place, one, 1, "A/dir/link/passwd A/link M/dir/link ");
}

static void depth_is_bounded_and_said(void **state)
{
	const struct place *place = *state;
	struct heard heard = {.stop_after = -1};
	struct upper_walk how = {.found = hear, .data = &heard, .depth_max = 2};

	place_dir(place, "upper/a", 0755);
	place_dir(place, "upper/a/b", 0755);
	assert_int_equal(walk(&how, place, one, 1), 0);
	assert_false(how.too_deep);
	place_dir(place, "upper/a/b/c", 0755);
	place_dir(place, "upper/a/b/c/d", 0755);
	heard.text[0] = '\0';
	assert_int_equal(walk(&how, place, one, 1), 0);
	assert_true(how.too_deep);
	assert_string_equal(heard.text, "A/a\nA/a/b\nA/a/b/c\n");
}

static void the_listener_can_stop_it(void **state)
{
	const struct place *place = *state;
	struct heard heard = {.stop_after = 1};
	struct upper_walk how = {.found = hear, .data = &heard, .depth_max = 16};

	place_dir(place, "upper/a", 0755);
	place_dir(place, "upper/a/b", 0755);
	assert_int_equal(walk(&how, place, one, 1), -1);
	assert_string_equal(heard.text, "A/a\n");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_layers, place_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_what_was_added_modified_and_deleted),
		TEST(a_directory_is_modified_by_its_mode_only),
		TEST(a_file_in_the_place_of_a_directory_and_the_reverse),
		TEST(an_opaque_directory_deletes_what_it_hides),
		TEST(two_layers_are_seen_as_one),
		TEST(links_are_not_followed),
		TEST(depth_is_bounded_and_said),
		TEST(the_listener_can_stop_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
