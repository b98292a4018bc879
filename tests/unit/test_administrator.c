#include "runner/github/administrator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* KiB of this process that are locked, or -1. */
static long locked(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	long kib = -1;

	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		if (strncmp(line, "VmLck:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	if (file != NULL)
		fclose(file);
	return kib;
}

/* What a child inherits of an App's token is not locked before it says so. */
static void locked_in_a_child(void **state)
{
	struct administrator administrator = {.access_token = NULL};
	struct error err;
	int status;
	pid_t pid;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip(); /* its runtime answers mlock(2) without asking the kernel */
#endif
	assert_int_equal(administrator_lock(&administrator, &err), 0);
	assert_int_equal(secret_set(&administrator.app.token, "ghs_x", 5, &err), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		const long before = locked();

		_exit(before == 0 && administrator_lock(&administrator, &err) == 0 && locked() > 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	app_free(&administrator.app);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(locked_in_a_child)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
