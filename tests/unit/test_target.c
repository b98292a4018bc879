#include "sandbox/target.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

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

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_place, remove_place)
	const struct CMUnitTest tests[] = {
		TEST(makes_what_is_missing),
		TEST(opens_only_what_exists),
		TEST(refuses_a_link_at_every_place),
		TEST(symlinks_are_made_with_their_parents),
		TEST(names_that_are_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
