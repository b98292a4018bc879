#include "runner/handover.h"
#include "runner/worker/control.h"
#include "runner/worker/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64], path[96];
static int listening = -1;

static int set_up(void **state)
{
	struct error err;

	(void)state;
	strcpy(dir, "/tmp/handover-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/" HANDOVER_SOCKET_NAME, dir);
	listening = handover_listen(dir, &err);
	return listening < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	close(listening);
	unlink(path);
	return rmdir(dir);
}

/* Who connects and says nothing costs no time. */
static void silent(void **state)
{
	int shim = control_connect(path), fds[HANDOVER_FD_COUNT], connection;
	struct error err;

	(void)state;
	assert_true(shim >= 0);
	alarm(10);
	connection = handover_accept(listening, &err);
	assert_true(connection >= 0);
	assert_int_equal(handover_hello(connection, fds, &err), -1);
	assert_int_equal(err.errnum, EAGAIN);
	alarm(0);
	for (int i = 0; i < HANDOVER_FD_COUNT; i++)
		assert_int_equal(fds[i], -1);
	assert_int_equal(handover_accept(listening, &err), -1); /* nobody waits: nor do we */
	close(connection);
	close(shim);
}

/* The descriptors of another hello are closed. */
static void no_hello(void **state)
{
	static const char *const texts[] = {"", "job 2", "job 1 and more"};
	int fds[HANDOVER_FD_COUNT];
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		int shim = control_connect(path), connection = handover_accept(listening, &err);

		assert_int_equal(send(shim, texts[i], strlen(texts[i]), 0), (ssize_t)strlen(texts[i]));
		assert_int_equal(handover_hello(connection, fds, &err), -1);
		assert_string_equal(err.text, "shim: its hello is not one");
		close(connection);
		close(shim);
	}
}

/* A shim in a child: its exit code, after `frame` came from the Listener behind a good first message. */
static void shim_after(const void *frame, size_t len, int code)
{
	int messages[2], fds[HANDOVER_FD_COUNT], connection, status;
	struct pollfd ready;
	struct error err;
	pid_t pid;

	assert_int_equal(pipe2(messages, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct frame_queue queue;
		int null = open("/dev/null", O_RDWR);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		close(messages[1]);
		frame_queue_init(&queue);
		_exit(shim_run(path, messages[0], &queue));
	}
	close(messages[0]);
	ready = (struct pollfd){.fd = listening, .events = POLLIN};
	assert_int_equal(poll(&ready, 1, 10000), 1);
	connection = handover_accept(listening, &err);
	ready.fd = connection;
	assert_int_equal(poll(&ready, 1, 10000), 1);
	assert_int_equal(handover_hello(connection, fds, &err), 0);
	assert_int_equal(write(messages[1], frame, len), (ssize_t)len);
	/* The shim goes: the supervisor sees the end of its connection. */
	ready.events = POLLIN;
	assert_int_equal(poll(&ready, 1, 10000), 1);
	for (int i = 0; i < HANDOVER_FD_COUNT; i++)
		close(fds[i]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), code);
	close(connection);
	close(messages[1]);
}

/* After a message that is none, no cancel could be heard any more: the job ends. */
static void malformed(void **state)
{
	static const unsigned char types[][SHIM_FRAME_HEADER] = {
		{9, 0, 0, 0, 0, 0, 0, 0}, {2, 0, 0, 0, 255, 255, 255, 255}};

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		shim_after(types[i], SHIM_FRAME_HEADER, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(silent), TEST(no_hello), TEST(malformed)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
