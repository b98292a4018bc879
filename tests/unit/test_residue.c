#include "runner/job/residue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void mounts(void **state)
{
	char mountinfo[] = "20 1 0:1 / / rw - tmpfs tmpfs rw\n"
			   "21 20 0:2 / /s/jobs/1-a rw - tmpfs tmpfs rw\n"
			   "22 20 0:2 / /s/jobs/1-ab rw - tmpfs tmpfs rw\n"
			   "nonsense\n"
			   "23 20 0:2 /x /s/jobs/1-a/_work/a\\040b rw - tmpfs tmpfs rw\n";
	json_t *residue = json_array();

	(void)state;
	residue_mounts(mountinfo, "/s/jobs/1-a", residue);
	assert_int_equal(json_array_size(residue), 2);
	assert_string_equal(json_string_value(json_array_get(residue, 0)), "mount /s/jobs/1-a");
	assert_string_equal(json_string_value(json_array_get(residue, 1)), "mount /s/jobs/1-a/_work/a b");
	json_decref(residue);
}

static void inspected(void **state)
{
	json_t *residue = json_array();

	(void)state;
	residue_detect("/nowhere/at/all", residue);
	assert_int_equal(json_array_size(residue), 0);
	residue_detect("/proc", residue);
	assert_string_equal(json_string_value(json_array_get(residue, 0)), "directory /proc");
	assert_string_equal(json_string_value(json_array_get(residue, 1)), "mount /proc");
	json_decref(residue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(mounts), cmocka_unit_test(inspected)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
