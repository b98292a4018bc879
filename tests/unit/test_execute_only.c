/* On what it refuses. What it lets pass lies on a read-only mount: tests/e2e. */
#include "sandbox/process/execute_only.h"

#include <setjmp.h>
#include <stdarg.h>

#include "tests/unit/place.h"

static void refused(const struct place *place, const char *name, const char *why)
{
	char path[128];
	struct error err = {0};

	snprintf(path, sizeof path, "%s/%s", place->path, name);
	assert_int_equal(execute_only_check(path, &err), -1);
	if (strstr(err.text, why) == NULL || strstr(err.text, path) == NULL)
		fail_msg("%s: %s", name, err.text);
}

static void what_could_be_read_is_refused(void **state)
{
	static const struct {
		const char *name;
		mode_t mode;
	} readable[] = {{"user", 0500}, {"group", 0140}, {"others", 0104}, {"all", 0755}};
	const struct place *place = *state;

	for (size_t i = 0; i < sizeof readable / sizeof readable[0]; i++) {
		place_file(place, readable[i].name, "", readable[i].mode);
		refused(place, readable[i].name, "its mode allows reading");
	}
	/* Its owner could change its mode. */
	place_file(place, "closed", "", 0111);
	refused(place, "closed", "not on a read-only mount");
}

static void what_is_no_program_is_refused(void **state)
{
	const struct place *place = *state;

	place_dir(place, "directory", 0111);
	assert_int_equal(mkfifoat(place->fd, "fifo", 0111), 0);
	assert_int_equal(symlinkat("/proc/self/exe", place->fd, "own"), 0);
	refused(place, "directory", "not a regular file");
	refused(place, "fifo", "not a regular file");
	refused(place, "missing", "No such file or directory");
	refused(place, "own", "Too many levels of symbolic links");
}

/* With 1 the kernel would give the process of such a program the value 1: dumpable. What a later kernel may add counts
 * as open. */
static void only_two_settings_keep_a_process_closed(void **state)
{
	(void)state;
	assert_true(execute_only_is_effective("0\n"));
	assert_true(execute_only_is_effective("2\n"));
	assert_false(execute_only_is_effective("1\n"));
	assert_false(execute_only_is_effective("3\n"));
	assert_false(execute_only_is_effective("01\n"));
	assert_false(execute_only_is_effective("2"));
	assert_false(execute_only_is_effective(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_could_be_read_is_refused, place_make, place_remove),
		cmocka_unit_test_setup_teardown(what_is_no_program_is_refused, place_make, place_remove),
		cmocka_unit_test(only_two_settings_keep_a_process_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
