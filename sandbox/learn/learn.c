#include "sandbox/learn/learn.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "sandbox/filter/notif.h"
#include "sandbox/filter/seccomp.h"
#include "sandbox/learn/arguments.h"
#include "sandbox/process/descendants.h"
#include "sandbox/process/exec.h"
#include "sandbox/process/reap.h"
#include "sandbox/process/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

struct run {
	struct learn *learn;
	pid_t command;
	bool ended; /* the command has */
	int64_t grace_ns, end_ns;
	int listener, signals, why; /* `why`: the errno of a failed execve(2) comes here */
	struct learn_outcome *outcome;
};

union control {
	char buffer[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

/* From under the filter: the one call that nobody is asked about, since nobody could answer yet. The token is its
 * fourth argument, which the kernel does not look at. */
static int hand_over(int sock, int listener, uint64_t token)
{
	char byte = 0;
	struct iovec part = {.iov_base = &byte, .iov_len = 1};
	union control control = {.buffer = {0}};
	struct msghdr header = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.buffer,
		.msg_controllen = sizeof control.buffer};

	*CMSG_FIRSTHDR(&header) = (struct cmsghdr){
		.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof listener)};
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&header)), &listener, sizeof listener);
	return syscall(SYS_sendmsg, sock, &header, (unsigned long)MSG_NOSIGNAL, token) < 0 ? -1 : 0;
}

/* The listener, or -1 with an errno: the other side has sent one in place of it, or has gone. */
static int receive(int sock)
{
	int problem = 0, listener = -1;
	struct iovec part = {.iov_base = &problem, .iov_len = sizeof problem};
	union control control;
	struct msghdr header = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.buffer,
		.msg_controllen = sizeof control.buffer};
	ssize_t n = recvmsg(sock, &header, MSG_CMSG_CLOEXEC);
	const struct cmsghdr *rights = n > 0 ? CMSG_FIRSTHDR(&header) : NULL;

	if (rights != NULL && rights->cmsg_type == SCM_RIGHTS) {
		memcpy(&listener, CMSG_DATA(rights), sizeof listener);
		return listener;
	}
	errno = n == (ssize_t)sizeof problem ? problem : n < 0 ? errno : ECHILD;
	return -1;
}

/* The child: filter, listener to the parent, command. */
static void __attribute__((noreturn))
become(const struct bpf_program *program, uint64_t token, char **argv, int sock, int why)
{
	struct error ignored;
	int listener, problem;

	signals_reset(&ignored);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	listener = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -1 : seccomp_load_listener(program);
	if (listener < 0) {
		problem = errno;
		send(sock, &problem, sizeof problem, MSG_NOSIGNAL);
		_exit(1);
	}
	if (hand_over(sock, listener, token) < 0)
		_exit(1);
	/* From here on every call waits for an answer. */
	execvp(argv[0], argv);
	problem = errno;
	write_all(why, &problem, sizeof problem);
	_exit(exec_status(problem));
}

static int start(struct run *run, char **argv, struct error *err)
{
	_cleanup_(bpf_program_free) struct bpf_program program = {0};
	_cleanup_(close_fd) int ours = -1, theirs = -1, errors = -1;
	int pair[2], ends[2];
	__u64 flags = SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP;
	uint64_t token;

	if (getrandom(&token, sizeof token, 0) != sizeof token)
		return error_set(err, errno, "learn: getrandom");
	if (learn_filter(run->learn, token, &program, err) < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(err, errno, "learn: socketpair");
	ours = pair[0];
	theirs = pair[1];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, errno, "learn: pipe");
	run->why = ends[0];
	errors = ends[1];
	run->command = fork();
	if (run->command < 0)
		return error_set(err, errno, "learn: fork");
	if (run->command == 0)
		become(&program, token, argv, theirs, errors);
	close_fd(&theirs);
	run->listener = receive(ours);
	if (run->listener < 0) {
		int problem = errno;

		waitpid(run->command, NULL, 0);
		error_set(err, problem == EBUSY ? 0 : problem, "learn: %s",
			problem == EBUSY ? "an outer filter already has a listener" : "listener");
		return problem == EBUSY ? error_hint(err, "learn outside of `cofferdam run`") : -1;
	}
	ioctl(run->listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, flags); /* Linux 6.6; else it is only slower */
	return 0;
}

static int on_call(struct run *run, struct error *err)
{
	union notif_request request = {.room = {0}};
	union notif_answer answer = {.room = {0}};
	int verdict;

	if (ioctl(run->listener, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0) {
		if (errno == ENOENT || errno == EINTR) /* its thread was killed between poll(2) and here */
			return 0;
		return error_set(err, errno, "learn: receive");
	}
	verdict = learn_call(run->learn, &request.notif.data);
	if (verdict == LEARN_CONTINUE) {
		learn_read_arguments(run->learn, run->listener, &request.notif);
		answer.resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	} else {
		answer.resp.error = -verdict;
	}
	answer.resp.id = request.notif.id;
	if (ioctl(run->listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) < 0 && errno != ENOENT)
		return error_set(err, errno, "learn: answer");
	return 0;
}

static void on_end(const siginfo_t *child, void *data)
{
	struct run *run = data;

	if (child->si_pid != run->command)
		return;
	run->ended = true;
	run->end_ns = clock_monotonic_ns() + run->grace_ns;
	run->outcome->status = child->si_code == CLD_EXITED ? child->si_status : 128 + child->si_status;
}

/* The keyboard's signals reach the command by themselves: it is in our process group. */
static void on_signals(struct run *run)
{
	struct signalfd_siginfo info;

	while (read(run->signals, &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo == SIGCHLD || info.ssi_code == SI_KERNEL || run->ended)
			continue;
		kill(run->command, (int)info.ssi_signo);
	}
}

static int watch(struct run *run, struct error *err)
{
	struct pollfd sources[] = {{.fd = run->listener, .events = POLLIN}, {.fd = run->signals, .events = POLLIN}};

	while (reap_children(on_end, run)) {
		const int64_t left_ms = run->ended ? (run->end_ns - clock_monotonic_ns()) / NS_PER_MS : -1;

		if (run->ended && left_ms <= 0)
			return 0;
		if (poll(sources, 2, left_ms > 60000 ? 60000 : (int)left_ms) < 0 && errno != EINTR)
			return error_set(err, errno, "learn: poll");
		if (sources[1].revents != 0)
			on_signals(run);
		if ((sources[0].revents & POLLIN) != 0) {
			if (on_call(run, err) < 0)
				return -1;
		} else if ((sources[0].revents & (POLLHUP | POLLERR)) != 0) {
			sources[0].fd = -1; /* nobody is left under the filter */
		}
	}
	return 0;
}

static void run_close(struct run *run)
{
	close_fd(&run->listener);
	close_fd(&run->signals);
	close_fd(&run->why);
}

int learn_run(struct learn *learn, char **argv, int64_t grace_ns, struct learn_outcome *outcome, struct error *err)
{
	_cleanup_(run_close) struct run run = {
		.learn = learn, .grace_ns = grace_ns, .listener = -1, .signals = -1, .why = -1, .outcome = outcome};
	struct outcome left = {0};
	sigset_t signals;
	int result;

	*outcome = (struct learn_outcome){0};
	if (signals_block_all(err) < 0)
		return -1;
	signals_forwarded(&signals);
	sigaddset(&signals, SIGCHLD);
	run.signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (run.signals < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return error_set(err, errno, "learn: signalfd, subreaper");
	if (start(&run, argv, err) < 0)
		return -1;
	result = watch(&run, err);
	/* Without a listener what is left gets ENOSYS for each call, and is killed. */
	descendants_kill(false, &left);
	outcome->killed = left.processes_killed;
	for (unsigned i = 0; i < left.n_residue; i++)
		free(left.residue[i]);
	if (read(run.why, &outcome->exec_errno, sizeof outcome->exec_errno) != sizeof outcome->exec_errno)
		outcome->exec_errno = 0;
	return result;
}
