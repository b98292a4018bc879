/* The launcher's loop: a timer that somebody set anew while it was served is not waited for. */
#include "sandbox/watch/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOUR_NS INT64_C(3600000000000)

static int said; /* by watch_timer() */

static int set_anew(struct watch *watch, int fd, short revents, void *data, struct error *err)
{
	char byte;

	(void)revents, (void)data;
	assert_int_equal(read(fd, &byte, 1), 1);
	return watch_arm(watch, HOUR_NS, err);
}

static int on_timer(struct watch *watch, int fd, short revents, void *data, struct error *err)
{
	(void)revents, (void)data;
	said = watch_timer(fd, err);
	watch_tell(watch, SIGKILL);
	return 0;
}

static int leave_alone(struct watch *watch, int fd, short revents, void *data, struct error *err)
{
	(void)watch, (void)fd, (void)revents, (void)data, (void)err;
	return 0;
}

/* What watch_timer() says of a timer that went off, and is perhaps set anew by who is served before it. */
static int after(bool anew)
{
	struct watch watch = {.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)};
	struct pollfd gone_off = {.fd = watch.timer, .events = POLLIN};
	struct error err;
	int ends[2];

	said = -2;
	alarm(20); /* a wait is a failure */
	assert_int_equal(pipe(ends), 0);
	watch.init = fork();
	if (watch.init == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	watch.pidfd = pidfd_open(watch.init, 0);
	assert_int_equal(watch_add(&watch, -1, 0, leave_alone, NULL, &err), 0);
	assert_int_equal(watch_add(&watch, ends[0], POLLIN, set_anew, NULL, &err), 0);
	assert_int_equal(watch_add(&watch, watch.timer, POLLIN, on_timer, NULL, &err), 0);
	assert_int_equal(watch_arm(&watch, 0, &err), 0);
	assert_int_equal(poll(&gone_off, 1, -1), 1);
	if (anew)
		assert_int_equal(write(ends[1], "", 1), 1);
	assert_int_equal(watch_loop(&watch, &err), 0);
	assert_int_equal(waitpid(watch.init, NULL, 0), watch.init);
	close(ends[0]);
	close(ends[1]);
	close(watch.pidfd);
	close(watch.timer);
	alarm(0);
	return said;
}

static void test_a_timer_goes_off(void **state)
{
	(void)state;
	assert_int_equal(after(false), 1);
}

static void test_a_timer_that_was_set_anew_is_not_waited_for(void **state)
{
	(void)state;
	assert_int_equal(after(true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_timer_goes_off),
		cmocka_unit_test(test_a_timer_that_was_set_anew_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
