#include "sandbox/root/layer_dir.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/place.h"

static char layers[128];

static struct plan_root root_at(const struct place *place, const char *name)
{
	snprintf(layers, sizeof layers, "%s/%s", place->path, name);
	return (struct plan_root){.kind = PLAN_ROOT_OVERLAY, .layer = PLAN_LAYER_DISK, .layers = layers};
}

static bool exists(const struct place *place, const char *name)
{
	return faccessat(place->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* False: a layer cannot lie where the tests are. */
static bool made(const struct plan_root *root, const char *id, struct layer_dir *layer)
{
	struct error err;

	*layer = LAYER_DIR_NONE;
	if (layer_dir_make(root, id, layer, &err) == 0)
		return true;
	assert_non_null(strstr(err.text, "lies on"));
	return false;
}

static void each_launch_has_a_directory_of_its_own_and_leaves_those_that_are_held(void **state)
{
	const struct place *place = *state;
	const struct plan_root root = root_at(place, "a/b/layers");
	_cleanup_(layer_dir_close) struct layer_dir first = LAYER_DIR_NONE, second = LAYER_DIR_NONE;
	_cleanup_(close_fd) int again = -1;
	_cleanup_(freep) char *kept = NULL;
	struct error err;
	struct stat st;

	if (!made(&root, "same", &first))
		skip();
	assert_true(made(&root, "same", &second));
	assert_string_not_equal(first.path, second.path);
	assert_int_equal(stat(layers, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(first.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	again = layer_dir_open(&first, &err);
	assert_true(again >= 0);
	/* What the launcher lets go of is gone. */
	kept = strdup(second.path);
	assert_non_null(kept);
	assert_int_equal(mkdirat(second.fd, "work", 0), 0);
	layer_dir_close(&second);
	assert_int_equal(access(kept, F_OK), -1);
	assert_int_equal(access(first.path, F_OK), 0);
}

static void what_nobody_holds_is_removed_by_the_next(void **state)
{
	const struct place *place = *state;
	const struct plan_root root = root_at(place, "layers");
	_cleanup_(layer_dir_close) struct layer_dir layer = LAYER_DIR_NONE;
	_cleanup_(close_fd) int held = -1;

	place_dir(place, "layers", 0700);
	place_dir(place, "layers/killed.00000001.layer", 0700);
	place_dir(place, "layers/killed.00000001.layer/work", 0700);
	place_dir(place, "layers/killed.00000001.layer/work/work", 0);
	place_dir(place, "layers/held.00000001.layer", 0700);
	place_dir(place, "layers/backup.20260101", 0700);
	held = openat(place->fd, "layers/held.00000001.layer", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(held, LOCK_EX | LOCK_NB), 0);
	if (!made(&root, NULL, &layer))
		skip();
	assert_false(exists(place, "layers/killed.00000001.layer"));
	assert_true(exists(place, "layers/held.00000001.layer"));
	assert_true(exists(place, "layers/backup.20260101"));
}

static void a_directory_that_another_has_put_there_is_not_used(void **state)
{
	const struct place *place = *state;
	const struct plan_root root = root_at(place, "layers");
	_cleanup_(layer_dir_close) struct layer_dir layer = LAYER_DIR_NONE;
	_cleanup_(freep) char *aside = NULL;
	struct error err;

	if (!made(&root, "x", &layer))
		skip();
	assert_true(asprintf(&aside, "%s.aside", layer.path) > 0);
	assert_int_equal(rename(layer.path, aside), 0);
	assert_int_equal(layer_dir_open(&layer, &err), -1);
	assert_int_equal(err.errnum, ENOENT);
	assert_int_equal(mkdir(layer.path, 0700), 0);
	assert_int_equal(layer_dir_open(&layer, &err), -1);
	assert_non_null(strstr(err.text, "is another directory now"));
	assert_int_equal(rmdir(layer.path), 0);
	assert_int_equal(symlink(aside, layer.path), 0);
	assert_int_equal(layer_dir_open(&layer, &err), -1);
	assert_int_equal(err.errnum, ELOOP);
	assert_int_equal(unlink(layer.path), 0);
	assert_int_equal(rename(aside, layer.path), 0);
}

static void a_place_that_others_could_have_made_is_refused(void **state)
{
	const struct place *place = *state;
	struct plan_root root = root_at(place, "open");
	struct error err;

	place_dir(place, "open", 0755);
	assert_int_equal(layer_dir_check(&root, &err), -1);
	assert_non_null(strstr(err.text, "must be the caller's, with mode 0700"));
	place_dir(place, "real", 0700);
	assert_int_equal(symlinkat("real", place->fd, "link"), 0);
	root = root_at(place, "link/layers");
	assert_int_equal(layer_dir_check(&root, &err), -1);
	assert_non_null(strstr(err.hint, "no symbolic link"));
	assert_false(exists(place, "real/layers"));
	snprintf(layers, sizeof layers, "/proc/self/%0100d", 0);
	assert_int_equal(layer_dir_check(&root, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_launch_has_a_directory_of_its_own_and_leaves_those_that_are_held,
			place_make, place_remove),
		cmocka_unit_test_setup_teardown(what_nobody_holds_is_removed_by_the_next, place_make, place_remove),
		cmocka_unit_test_setup_teardown(
			a_directory_that_another_has_put_there_is_not_used, place_make, place_remove),
		cmocka_unit_test_setup_teardown(
			a_place_that_others_could_have_made_is_refused, place_make, place_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
