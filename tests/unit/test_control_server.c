#include "runner/control/server.h"

#include "common/clock.h"
#include "runner/control/address.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];
static struct control control;
static int handled;

static int set_up(void **state)
{
	struct error err;

	(void)state;
	strcpy(dir, "/tmp/test_control_server.XXXXXX");
	handled = 0;
	if (mkdtemp(dir) == NULL)
		return -1;
	return control_open(&control, open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC), &err);
}

static int tear_down(void **state)
{
	(void)state;
	control_close(&control);
	close(control.dirfd);
	return rmdir(dir);
}

static int client(void)
{
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;

	control_address(&address, control.dirfd);
	assert_true(fd > 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static void handle(void *context, struct control_client *client, const struct control_request *request)
{
	(void)context;
	handled++;
	assert_int_equal(request->verb, CONTROL_STOP);
	control_reply(client, CONTROL_END, "%d", 0);
}

static void says(int fd, const char *expected)
{
	char text[256] = "";
	const ssize_t n = read(fd, text, sizeof text - 1);

	assert_true(n >= 0);
	assert_string_equal(text, expected);
}

static void one_too_many_is_told_so(void **state)
{
	int fds[CONTROL_CLIENTS_MAX], more;

	(void)state;
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		fds[i] = client();
		control_serve(&control, handle, NULL);
	}
	for (int i = 0; i < 3; i++) {
		more = client();
		control_serve(&control, handle, NULL);
		says(more, "l more than 8 commands at once: refused: try again when one has ended\nx 1\n");
		close(more);
		assert_true(control.is_full);
	}
	/* A half of a line, its other half, and what comes after it. */
	assert_int_equal(write(fds[0], "st", 2), 2);
	control_serve(&control, handle, NULL);
	assert_int_equal(handled, 0);
	assert_int_equal(write(fds[0], "op\nstop\n", 8), 8);
	control_serve(&control, handle, NULL);
	assert_int_equal(handled, 1);
	assert_false(control.is_full);
	says(fds[0], "x 0\n");
	more = client();
	control_serve(&control, handle, NULL);
	assert_int_equal(write(more, "stop\n", 5), 5);
	control_serve(&control, handle, NULL);
	assert_int_equal(handled, 2);
	close(more);
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		close(fds[i]);
}

/* A connection that cannot be accepted would else wake the loop again at once, for as long as it lasts. */
static void without_descriptors_it_is_not_polled(void **state)
{
	struct pollfd polled[CONTROL_FDS];
	struct rlimit before, none;
	int64_t next_ns;
	int fd;

	(void)state;
	fd = client();
	assert_int_equal(control_poll(&control, polled, &next_ns), 1);
	assert_int_equal(next_ns, 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){(rlim_t)fd + 1, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	control_serve(&control, handle, NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(control_poll(&control, polled, &next_ns), 0);
	assert_in_range(next_ns, clock_monotonic_ns() - NS_PER_S, clock_monotonic_ns() + NS_PER_S);
	/* The time is over. */
	control.deaf_until_ns = 1;
	assert_int_equal(control_poll(&control, polled, &next_ns), 1);
	control_serve(&control, handle, NULL);
	assert_int_equal(write(fd, "stop\n", 5), 5);
	control_serve(&control, handle, NULL);
	assert_int_equal(handled, 1);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_too_many_is_told_so, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_descriptors_it_is_not_polled, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
