#include "runner/common/process.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SHORT_NS INT64_C(1000000)
#define LONG_NS (INT64_C(20) * 1000000000)

static pid_t child(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void killed_and_reaped(void **state)
{
	pid_t pid = child();
	int status;

	(void)state;
	assert_false(process_reap(pid, &status, SHORT_NS)); /* it lives: the limit ends the wait */
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_true(process_reap(pid, &status, LONG_NS));
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_true(process_reap(pid, &status, LONG_NS)); /* nobody to wait for */
}

/* By its start time; another process that has the number is left alone. */
static void ended(void **state)
{
	pid_t pid = child();
	uint64_t start = process_start(pid);

	(void)state;
	assert_true(start > 0);
	assert_true(process_end(pid, start + 1, LONG_NS));
	assert_true(process_end(pid, 0, LONG_NS));
	assert_false(process_reap(pid, NULL, SHORT_NS));
	assert_true(process_end(pid, start, LONG_NS));
	assert_true(process_reap(pid, NULL, LONG_NS));
	assert_true(process_end(pid, start, LONG_NS));
	assert_true(process_start(pid) == 0);
}

/* One whose parent has died comes to us, and goes; who is kept stays. */
static void orphans(void **state)
{
	pid_t kept = child(), parent;
	int p[2];
	char byte;

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	assert_int_equal(pipe(p), 0);
	parent = fork();
	if (parent == 0) {
		if (fork() == 0)
			for (;;)
				pause();
		_exit(0);
	}
	assert_true(process_reap(parent, NULL, LONG_NS));
	close(p[1]);
	assert_int_equal(process_reap_orphans(&kept, 1), 1);
	assert_int_equal(read(p[0], &byte, 1), 0); /* it held the other end */
	close(p[0]);
	assert_int_equal(process_reap_orphans(&kept, 1), 0);
	assert_false(process_reap(kept, NULL, SHORT_NS));
	assert_int_equal(process_reap_orphans(NULL, 0), 1);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_and_reaped),
		cmocka_unit_test(ended),
		cmocka_unit_test(orphans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
