/* What memory.events says of the leaf of a job's helpers, in a directory that stands for the leaf. */
#include "sandbox/cgroup/helpers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>

#include "tests/unit/place.h"

static void a_kill_at_the_limit_of_another_is_not_theirs(void **state)
{
	static const struct {
		const char *events;
		bool at_limit;
	} rows[] = {
		{"low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n", false},
		{"low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\noom_group_kill 0\n", true},
		{"low 0\nhigh 0\nmax 0\noom 0\noom_kill 1\noom_group_kill 0\n",
			false}, /* the machine's, or a unit's around us */
		{"low 0\nhigh 0\nmax 9\noom 1\noom_kill 0\noom_group_kill 0\n", false},
	};
	const struct place *place = *state;
	const struct cgroup helpers = {.dirfd = place->fd}, none = {.dirfd = -1};

	assert_false(helpers_ran_out_of_memory(&none));
	assert_false(helpers_ran_out_of_memory(&helpers)); /* without the controller */
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		place_file(place, "memory.events", rows[i].events, 0600);
		assert_int_equal(helpers_ran_out_of_memory(&helpers), rows[i].at_limit);
		assert_int_equal(unlinkat(place->fd, "memory.events", 0), 0);
	}
}

/* A signal for the launcher's process group, from a terminal or timeout(1), does not end what works for the job. */
static void in_a_session_of_their_own(void **state)
{
	const struct cgroup none = {.dirfd = -1};
	struct error err;
	int status;
	pid_t pid;

	(void)state;
	pid = helpers_fork(&none, &err);
	if (pid == 0)
		_exit(getsid(0) == getpid() && getpgrp() == getpid() ? 0 : 1);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_kill_at_the_limit_of_another_is_not_theirs, place_make, place_remove),
		cmocka_unit_test(in_a_session_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
