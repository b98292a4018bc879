#include "sandbox/network/pasta.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/status.h"
#include "sandbox/cgroup/helpers.h"
#include "sandbox/network/join.h"
#include "sandbox/process/syscalls.h"
#include "sandbox/process/title.h"
#include "sandbox/process/wait.h"
#include "sandbox/watch/message.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define LIMIT_MS 30000 /* a loaded machine, and the helpers' share of its processor may be a quarter */
#define LIMIT_NS (LIMIT_MS * INT64_C(1000000))

/* It configures an interface in the job's namespace, and then shuts itself in: mounts, user and group. */
#define HELPER_CAPS                                                                                          \
	(UINT64_C(1) << CAP_SYS_ADMIN | UINT64_C(1) << CAP_NET_ADMIN | UINT64_C(1) << CAP_NET_BIND_SERVICE | \
		UINT64_C(1) << CAP_SETUID | UINT64_C(1) << CAP_SETGID | UINT64_C(1) << CAP_SYS_PTRACE)

struct start {
	int userns, netns;
	int pair[2];   /* [0] is the launcher's alone: when it closes, the launcher is gone */
	int ready[2];  /* the helper's pid comes here */
	int errors[2]; /* and here what it complains about */
	char *const *argv;
};

/* The parent is the launcher, but getppid(2) cannot tell from another PID namespace: the socket can. */
static bool launcher_is_gone(int sock)
{
	struct pollfd peer = {.fd = sock, .events = POLLIN};

	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || poll(&peer, 1, 0) < 0 ||
	       (peer.revents & (POLLHUP | POLLERR)) != 0;
}

static void let_go_of_everything(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);

	for (int fd = 0; fd <= 2; fd++)
		if (dup2(null, fd) < 0)
			_exit(STATUS_LAUNCHER);
	if (close_range(3, ~0u, 0) < 0 || chdir("/") < 0)
		_exit(STATUS_LAUNCHER);
}

/* PID 1 of the helper's namespace. */
static void keep(const struct start *start)
{
	const struct join join = {.userns = start->userns,
		.netns = -1,
		.caps = HELPER_CAPS,
		.stdio = {start->netns, start->ready[1], start->errors[1]},
		.argv = start->argv};
	siginfo_t info = {0};
	pid_t pid;

	if (launcher_is_gone(start->pair[1]))
		_exit(STATUS_LAUNCHER);
	pid = fork();
	if (pid == 0)
		join_exec(&join, true);
	let_go_of_everything();
	title_set("cofferdam-net");
	while (pid > 0 && (waitid(P_ALL, 0, &info, WEXITED) == 0 || errno == EINTR))
		if (info.si_pid == pid)
			break;
	_exit(STATUS_LAUNCHER);
}

/* In a fork of the launcher: joins, leaves the keeper behind as a child of the launcher, says its pid. */
static void found(const struct start *start)
{
	struct clone_args args = {.flags = CLONE_NEWPID | CLONE_PARENT};
	struct message answer = {.kind = MESSAGE_FAILED};
	pid_t keeper = -1;

	if (join_userns(start->userns, &answer.error) == 0) {
		keeper = sys_clone3(&args);
		if (keeper < 0)
			error_set_text(&answer.error, errno, "PID namespace");
	}
	if (keeper == 0)
		keep(start);
	if (keeper > 0)
		answer = (struct message){.kind = MESSAGE_READY, .value = keeper};
	message_send(start->pair[1], &answer);
	_exit(0);
}

static int make_keeper(
	struct network_helper *helper, const struct cgroup *helpers, struct start *start, struct error *err)
{
	struct pollfd said = {.fd = start->pair[0], .events = POLLIN};
	struct message answer = {.kind = MESSAGE_FAILED};
	int none, status, received = 0;
	pid_t founder = helpers_fork(helpers, err);

	if (founder == 0) {
		close(start->pair[0]);
		found(start);
	}
	close_fd(&start->pair[1]);
	if (founder < 0)
		return -1;
	if (wait_ready(&said, 1, clock_monotonic_ns() + LIMIT_NS))
		received = message_receive(start->pair[0], &answer, &none);
	if (received == 1 && answer.kind == MESSAGE_READY)
		helper->keeper = answer.value;
	if (wait_limited(founder, LIMIT_NS, &status, err) < 0)
		return -1;
	if (helper->keeper > 0)
		return 0;
	if (received == 1)
		*err = answer.error;
	else
		error_set_text(err, 0, "exited without a message");
	return -1;
}

/* The last line that is about the network: without a syslog, older versions complain about that as well. */
static int what_it_said(int errors, struct error *err)
{
	char text[4096], *last = NULL, *save = NULL;
	ssize_t n = read(errors, text, sizeof text - 1);

	text[n > 0 ? n : 0] = '\0';
	for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
		if (strstr(line, "syslog") == NULL)
			last = line;
	if (last == NULL)
		return error_set(err, 0, "exited without a message");
	error_set(err, 0, "%s", last);
	if (strstr(last, "routable interface") != NULL || strstr(last, "External interface") != NULL)
		return error_hint(err, "pasta requires a default route on this host");
	return -1;
}

static int wait_until_ready(const struct network_helper *helper, const struct start *start, struct error *err)
{
	_cleanup_(close_fd) int pidfd = pidfd_open(helper->keeper, 0);
	struct pollfd fds[2] = {{.fd = start->ready[0], .events = POLLIN}, {.fd = pidfd, .events = POLLIN}};
	int n = pidfd < 0 ? -1 : poll(fds, 2, LIMIT_MS);

	if (n < 0)
		return error_set(err, errno, "wait until it is ready");
	if (n == 0)
		return error_set(err, 0, "not ready after %d s", LIMIT_MS / 1000);
	if ((fds[0].revents & POLLIN) != 0)
		return 0;
	return what_it_said(start->errors[0], err);
}

static void start_end(struct start *start)
{
	for (int i = 0; i < 2; i++) {
		close_fd(&start->pair[i]);
		close_fd(&start->ready[i]);
		close_fd(&start->errors[i]);
	}
}

int network_helper_start(struct network_helper *helper, int userns, int netns, const struct cgroup *helpers,
	char *const argv[], struct error *err)
{
	_cleanup_(start_end) struct start start = {.userns = userns,
		.netns = netns,
		.pair = {-1, -1},
		.ready = {-1, -1},
		.errors = {-1, -1},
		.argv = argv};

	/* What it complains about does not block it: it may do so long after nobody listens any more. */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, start.pair) < 0 ||
		pipe2(start.ready, O_CLOEXEC) < 0 || pipe2(start.errors, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_set(err, errno, "network helper: pipes");
	if (make_keeper(helper, helpers, &start, err) < 0)
		return error_context(err, "network helper");
	close_fd(&start.ready[1]);
	close_fd(&start.errors[1]);
	if (wait_until_ready(helper, &start, err) < 0)
		return error_context(err, "network: %s", argv[0]);
	helper->ready = true;
	return 0;
}

int network_helper_stop(struct network_helper *helper, bool *lost, struct error *err)
{
	siginfo_t info = {0};
	int status, result;

	*lost = false;
	if (helper->keeper <= 0)
		return 0;
	*lost = helper->ready && waitid(P_PID, (id_t)helper->keeper, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
		info.si_pid != 0;
	kill(helper->keeper, SIGKILL);
	result = wait_limited(helper->keeper, LIMIT_NS, &status, err);
	helper->keeper = 0;
	return result < 0 ? error_context(err, "network helper") : 0;
}
