#include "sandbox/terminal/flow.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static void the_first_such_byte_is_taken_out(void **state)
{
	struct flow flow = {0};

	(void)state;
	assert_false(flow_take_out(&flow, 'b'));
	flow_put(&flow, "abcb", 4);
	assert_true(flow_take_out(&flow, 'b'));
	assert_memory_equal(flow.data, "acb", 3);
	assert_true(flow_take_out(&flow, 'b'));
	assert_false(flow_take_out(&flow, 'b'));
	assert_int_equal(flow.end - flow.start, 2);
	assert_true(flow_take_out(&flow, 'a'));
	assert_true(flow_take_out(&flow, 'c'));
	assert_true(flow_is_empty(&flow));
}

static void bytes_pass_as_the_other_side_takes_them(void **state)
{
	struct flow flow = {0};
	char text[sizeof flow.data];
	int in[2], out[2];
	size_t filled = 0;

	(void)state;
	assert_int_equal(pipe2(in, O_NONBLOCK), 0);
	assert_int_equal(pipe2(out, O_NONBLOCK), 0);
	assert_int_equal(flow_read(&flow, in[0]), 1); /* nothing there */
	assert_true(flow_is_empty(&flow));
	assert_int_equal(flow_last(&flow), '\0');
	assert_int_equal(write(in[1], "abc\n", 4), 4);
	assert_int_equal(flow_read(&flow, in[0]), 1);
	assert_false(flow_is_empty(&flow));
	assert_int_equal(flow_last(&flow), '\n');
	assert_int_equal(flow_write(&flow, out[1]), 0);
	assert_true(flow_is_empty(&flow));
	assert_int_equal(read(out[0], text, sizeof text), 4);
	assert_memory_equal(text, "abc\n", 4);

	/* A reader that does not read: what does not fit stays. */
	memset(text, 'x', sizeof text);
	while (flow_is_empty(&flow)) {
		flow_put(&flow, text, sizeof text);
		assert_int_equal(flow_write(&flow, out[1]), 0);
		filled++;
	}
	assert_in_range(filled, 2, 1000);
	assert_int_equal(read(out[0], text, sizeof text), sizeof text);
	assert_int_equal(flow_write(&flow, out[1]), 0);
	assert_true(flow_is_empty(&flow));

	close(out[0]);
	flow_put(&flow, "y", 1);
	assert_int_equal(flow_write(&flow, out[1]), -1);
	assert_int_equal(errno, EPIPE);
	close(in[1]);
	assert_int_equal(flow_read(&flow, in[0]), 0);
	close(in[0]);
	close(out[1]);
}

/* A pipe is opened once more: its other users do not notice. */
static void a_pipe_is_not_shared(void **state)
{
	struct flow_end end;
	struct error err;
	char byte;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, 0), 0);
	assert_int_equal(flow_end_open(&end, fds[0], O_RDONLY, &err), 0);
	assert_int_not_equal(end.fd, fds[0]);
	assert_int_equal(read(end.fd, &byte, 1), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
	flow_end_close(&end);
	assert_int_equal(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
	close(fds[0]);
	close(fds[1]);
}

/* A socket cannot be opened once more: it is switched over, and back. */
static void a_socket_is_given_back(void **state)
{
	struct flow_end end;
	struct error err;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(flow_end_open(&end, fds[0], O_RDONLY, &err), 0);
	assert_int_equal(end.fd, fds[0]);
	assert_int_not_equal(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
	flow_end_restore(&end);
	assert_int_equal(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
	flow_end_again(&end);
	assert_int_not_equal(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
	flow_end_close(&end);
	assert_int_equal(end.fd, -1);
	assert_int_equal(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
	close(fds[0]);
	close(fds[1]);
}

/* Opened once more, a regular file would begin at its beginning. */
static void a_regular_file_keeps_its_place(void **state)
{
	char path[] = "/tmp/cofferdam-flow.XXXXXX";
	struct flow_end end;
	struct flow flow = {0};
	struct error err;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, "onetwo", 6), 6);
	assert_int_equal(lseek(fd, 3, SEEK_SET), 3);
	assert_int_equal(flow_end_open(&end, fd, O_RDONLY, &err), 0);
	assert_int_equal(flow_read(&flow, end.fd), 1);
	assert_int_equal(flow.end, 3);
	assert_memory_equal(flow.data, "two", 3);
	flow_end_close(&end);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_such_byte_is_taken_out),
		cmocka_unit_test(bytes_pass_as_the_other_side_takes_them),
		cmocka_unit_test(a_pipe_is_not_shared),
		cmocka_unit_test(a_socket_is_given_back),
		cmocka_unit_test(a_regular_file_keeps_its_place),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
