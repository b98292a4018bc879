#include "common/standard_fds.h"

#include "common/status.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* `mask` of 0-2 closed; says by its status whether each is what it should be. */
static int child(unsigned mask, bool path_only)
{
	int next;

	for (int fd = 0; fd <= 2; fd++) {
		int file = open(fd == 0 ? "/dev/zero" : "/dev/full", O_RDWR | (path_only ? O_PATH : 0));

		if (file != fd && (dup2(file, fd) < 0 || close(file) < 0))
			return 10;
	}
	for (int fd = 0; fd <= 2; fd++)
		if ((mask & 1u << fd) != 0)
			close(fd);
	standard_fds_open();
	for (int fd = 0; fd <= 2; fd++) {
		const bool was_closed = (mask & 1u << fd) != 0;
		struct stat st;
		int flags = fcntl(fd, F_GETFL);

		if (flags < 0 || fstat(fd, &st) < 0 || fcntl(fd, F_GETFD) != 0)
			return 11;
		if ((st.st_rdev == makedev(1, 3)) != was_closed)
			return 12;
		if (was_closed && (flags & O_ACCMODE) != (fd == 0 ? O_RDONLY : O_WRONLY))
			return 13;
	}
	next = open("/dev/null", O_RDONLY);
	return next > 2 ? 0 : 14;
}

static int status_of(unsigned mask, bool path_only)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(child(mask, path_only));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void closed_ones_become_dev_null(void **state)
{
	(void)state;
	for (unsigned mask = 0; mask < 8; mask++)
		assert_int_equal(status_of(mask, false), 0);
}

static void what_is_only_a_path_stays(void **state)
{
	(void)state;
	for (unsigned mask = 0; mask < 8; mask++)
		assert_int_equal(status_of(mask, true), 0);
}

/* As in a root that has no /dev. */
static void without_dev_null_nothing_goes_on(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER) < 0 || chroot("/proc/self/fdinfo") < 0)
			_exit(99);
		close(1);
		standard_fds_open();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 99)
		skip();
	assert_int_equal(WEXITSTATUS(status), STATUS_LAUNCHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closed_ones_become_dev_null),
		cmocka_unit_test(what_is_only_a_path_stays),
		cmocka_unit_test(without_dev_null_nothing_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
