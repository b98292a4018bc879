#include "sandbox/root/layers.h"

#include "common/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include "tests/unit/place.h"

/* The launcher waits, in whose memory that would be, for nothing that takes long: so a directory that has come since
 * it looked is not there. */
static void nothing_is_mirrored_where_all_was_said_to_be(void **state)
{
	const struct place *place = *state;
	struct mirror_store shared = {.lock = -1, .path = (char *)"/nowhere", .complete = true};
	struct plan_mount mount = {.kind = PLAN_MOUNT_LAYER};
	const struct plan_root root = {.kind = PLAN_ROOT_OVERLAY, .mounts = &mount, .n_mounts = 1};
	struct layers layers = LAYERS_NONE;
	_cleanup_(close_fd) int mirror = place_open(place, ".");
	_cleanup_(freep) char *source = NULL;
	struct error err;

	place_dir(place, "from", 0755);
	assert_true(asprintf(&source, "%s/from", place->path) > 0);
	mount.source = mount.target = source;
	layers.shared = &shared;
	layers.mirror = layers.scratch = mirror;
	assert_int_equal(layers_open(&root, 0, &layers, &err), -1);
	assert_int_equal(err.errnum, ENOENT);
	assert_non_null(strstr(err.text, "it was not there when the launch began"));
	assert_int_equal(faccessat(place->fd, "0", F_OK, 0), -1);
	shared.complete = false;
	assert_int_equal(layers_open(&root, 0, &layers, &err), -1); /* for there is no overlay here */
	assert_int_equal(faccessat(place->fd, "0", F_OK, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_mirrored_where_all_was_said_to_be, place_make, place_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
