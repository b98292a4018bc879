#include "runner/state/cgroup_leaf.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MEMORY (UINT64_C(128) << 20)

/* A directory in place of a leaf: what is written, and what is missing. */
static void protected_memory(void **state)
{
	char leaf[] = "/tmp/leaf-XXXXXX", path[64], text[32] = "";
	struct error err;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(leaf));
	snprintf(path, sizeof path, "%s/memory.min", leaf);
	assert_int_equal(cgroup_leaf_protect_at(leaf, MEMORY, &err), -1);
	assert_non_null(strstr(err.text, "/memory.min: No such file or directory"));
	assert_int_equal(access(path, F_OK), -1);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(cgroup_leaf_protect_at(leaf, MEMORY, &err), 0);
	assert_int_equal(pread(fd, text, sizeof text - 1, 0), 9);
	assert_string_equal(text, "134217728");
	close(fd);
	unlink(path);
	rmdir(leaf);
	assert_int_equal(cgroup_leaf_protect_at(leaf, MEMORY, &err), -1);
	assert_non_null(strstr(err.text, leaf));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(protected_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
