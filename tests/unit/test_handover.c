#include "runner/job/handover.h"
#include "runner/worker/control.h"
#include "runner/worker/shim.h"

#include <dirent.h>
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
	int shim = control_connect(path), connection;
	struct subject subject;
	struct error err;

	(void)state;
	assert_true(shim >= 0);
	alarm(10);
	connection = handover_accept(listening, &err);
	assert_true(connection >= 0);
	assert_int_equal(handover_hello(connection, &subject, &err), -1);
	assert_int_equal(err.errnum, EAGAIN);
	alarm(0);
	assert_int_equal(handover_accept(listening, &err), -1); /* nobody waits: nor do we */
	close(connection);
	close(shim);
}

static void no_hello(void **state)
{
	static const char *const texts[] = {"", "job 1", "job 2", "job 5\n\n0\n\n", "job 6", "job 6\nocto/demo",
		"job 6 and more\n0\n0\n\n", "job 6\nocto/demo\n0\n0", "job 6\nocto/demo\n0\n0\nbuild",
		"job 6\nocto/demo\n\n0\n\nbuild", "job 6\nocto/demo\n4\n0\n\nbuild", "job 6\nocto/demo\n-1\n0\n\nbuild",
		"job 6\nocto/demo\n0\n3\n\nbuild", "job 6\nocto/demo\n0\n\n\nbuild", "job 6\nocto/demo\n\nbuild\n"};
	struct subject subject;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		int shim = control_connect(path), connection = handover_accept(listening, &err);

		assert_int_equal(send(shim, texts[i], strlen(texts[i]), 0), (ssize_t)strlen(texts[i]));
		assert_int_equal(handover_hello(connection, &subject, &err), -1);
		assert_string_equal(err.text, "shim: invalid hello");
		close(connection);
		close(shim);
	}
}

/* Nothing in a repository's name can look like another part of a log line; a job's name comes as it is. */
static void whose_job_it_is(void **state)
{
	static const struct {
		struct subject says;
		const char *repository;
	} cases[] = {
		{{"octo/demo", "ci", "build", SUBJECT_DOCKER_NONE, SUBJECT_SOURCE_OWN, false}, "octo/demo"},
		{{"Octo-1/demo.js_x", "ci", "", SUBJECT_DOCKER_STEP, SUBJECT_SOURCE_FORK, false}, "Octo-1/demo.js_x"},
		{{"", "ci", "a\nb: succeeded", SUBJECT_DOCKER_SERVICE, SUBJECT_SOURCE_UNKNOWN, false}, ""},
		{{"octo", "ci", "build", SUBJECT_DOCKER_CONTAINER, SUBJECT_SOURCE_OWN, false}, ""},
		{{"octo/demo/x", "ci", "build", SUBJECT_DOCKER_CONTAINER, SUBJECT_SOURCE_FORK, false}, ""},
		{{"octo/", "ci", "build", SUBJECT_DOCKER_CONTAINER, SUBJECT_SOURCE_UNKNOWN, false}, ""},
		{{"/demo", "ci", "build", SUBJECT_DOCKER_CONTAINER, SUBJECT_SOURCE_OWN, false}, ""},
		{{"octo/de mo", "ci", "build", SUBJECT_DOCKER_CONTAINER, SUBJECT_SOURCE_FORK, false}, ""},
		{{"octo/demo): succeeded", "ci", "build", SUBJECT_DOCKER_CONTAINER, SUBJECT_SOURCE_UNKNOWN, false}, ""},
		{{"octo/d\xc3\xa9mo", "ci", "build", SUBJECT_DOCKER_CONTAINER, SUBJECT_SOURCE_OWN, false}, ""},
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int shim = control_connect(path), connection = handover_accept(listening, &err);
		struct subject subject;

		assert_int_equal(control_hello(shim, &cases[i].says), 0);
		assert_int_equal(handover_hello(connection, &subject, &err), 0);
		assert_string_equal(subject.repository, cases[i].repository);
		assert_string_equal(subject.workflow, "ci");
		assert_string_equal(subject.job, cases[i].says.job);
		assert_int_equal(subject.docker, cases[i].says.docker);
		assert_int_equal(subject.source, cases[i].says.source);
		close(connection);
		close(shim);
	}
}

static unsigned open_descriptors(void)
{
	DIR *list = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(list);
	while (list != NULL && readdir(list) != NULL)
		n++;
	if (list != NULL)
		closedir(list);
	return n;
}

/* What the Listener's sandbox sends along stays its own. */
static void descriptors_with_the_hello(void **state)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {.align = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
	struct iovec text = {
		.iov_base = (char[]){HANDOVER_HELLO "\n0\n0\n\n"}, .iov_len = strlen(HANDOVER_HELLO "\n0\n0\n\n")};
	struct msghdr message = {
		.msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	int shim = control_connect(path), connection;
	struct subject subject;
	struct error err;
	unsigned before;

	(void)state;
	connection = handover_accept(listening, &err);
	before = open_descriptors();
	memset(CMSG_DATA(CMSG_FIRSTHDR(&message)), 0, sizeof(int)); /* standard input */
	assert_true(sendmsg(shim, &message, 0) > 0);
	assert_int_equal(handover_hello(connection, &subject, &err), 0);
	assert_int_equal(open_descriptors(), before);
	close(connection);
	close(shim);
}

/* A shim in a child, whose hello has been read; its output is nobody's. *connection is the supervisor's end. */
static pid_t start_shim(const int messages[2], int *connection)
{
	struct pollfd ready = {.fd = listening, .events = POLLIN};
	struct subject subject;
	struct error err;
	pid_t pid = fork();

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
	assert_int_equal(poll(&ready, 1, 10000), 1);
	*connection = handover_accept(listening, &err);
	ready.fd = *connection;
	assert_int_equal(poll(&ready, 1, 10000), 1);
	assert_int_equal(handover_hello(*connection, &subject, &err), 0);
	return pid;
}

/* What a shim says and returns whose supervisor answers with `text`, or with its end. */
static void answered(const char *text, int code)
{
	int messages[2], connection, status;
	pid_t pid;

	assert_int_equal(pipe2(messages, O_CLOEXEC), 0);
	pid = start_shim(messages, &connection);
	if (text != NULL)
		assert_int_equal(send(connection, text, strlen(text), 0), (ssize_t)strlen(text));
	close(connection);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), code);
	close(messages[0]);
	close(messages[1]);
}

static void no_begin(void **state)
{
	(void)state;
	answered(NULL, 1);
	answered("exit 7\njob refused", 7);
	answered("begin", 1); /* without the descriptors */
	answered("cancel", 1);
	answered("", 1);
}

/* A shim in a child: its exit code, after `frame` came from the Listener behind a good first message. */
static void shim_after(const void *frame, size_t len, int code)
{
	int messages[2], ours[HANDOVER_FD_COUNT], theirs[HANDOVER_FD_COUNT], connection, status;
	struct pollfd ready;
	pid_t pid;

	assert_int_equal(pipe2(messages, O_CLOEXEC), 0);
	pid = start_shim(messages, &connection);
	close(messages[0]);
	for (int i = 0; i < HANDOVER_FD_COUNT; i++) {
		int p[2];

		assert_int_equal(pipe2(p, O_CLOEXEC), 0);
		ours[i] = p[i == HANDOVER_MESSAGES ? 0 : 1];
		theirs[i] = p[i == HANDOVER_MESSAGES ? 1 : 0];
	}
	assert_int_equal(handover_begin(connection, theirs), 0);
	for (int i = 0; i < HANDOVER_FD_COUNT; i++)
		close(theirs[i]);
	assert_int_equal(write(messages[1], frame, len), (ssize_t)len);
	/* The shim goes: the supervisor sees the end of its connection. */
	ready = (struct pollfd){.fd = connection, .events = POLLIN};
	assert_int_equal(poll(&ready, 1, 10000), 1);
	for (int i = 0; i < HANDOVER_FD_COUNT; i++)
		close(ours[i]);
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
	const struct CMUnitTest tests[] = {TEST(silent), TEST(whose_job_it_is), TEST(no_hello),
		TEST(descriptors_with_the_hello), TEST(no_begin), TEST(malformed)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
