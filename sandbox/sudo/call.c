#include "sandbox/sudo/call.h"

#include "sandbox/sudo/broker.h"
#include "sandbox/sudo/calls.h"
#include "sandbox/sudo/run.h"
#include "sandbox/sudo/session.h"

#include <errno.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>

/* A command whose client is gone has two seconds. Nothing tells of the end of those of its group that are no children
 * of ours: that often they are looked for. */
#define GRACE_LOOKS 40
#define LOOK_NS 50000000

static siginfo_t info;

/* The kernel ends us when it goes off: whoever stops in the middle of a request holds one process so long. */
static void set_deadline(long seconds)
{
	const struct itimerval timer = {.it_value.tv_sec = seconds};

	RAW3(setitimer, ITIMER_REAL, &timer, 0);
}

/* The head and exactly its descriptors, in one piece. More than there is room for the kernel closes, and says so. */
static bool receive_head(int conn, struct sudo_head *head, int fds[SUDO_FDS_MAX])
{
	union {
		char buffer[CMSG_SPACE(sizeof(int) * SUDO_FDS_MAX)];
		struct cmsghdr align;
	} control = {{0}};
	struct iovec part = {head, sizeof *head};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.buffer,
		.msg_controllen = sizeof control.buffer};
	const struct cmsghdr *rights;
	long n;

	do
		n = RAW3(recvmsg, conn, &message, MSG_CMSG_CLOEXEC | MSG_WAITALL);
	while (n == -EINTR);
	rights = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (n != (long)sizeof *head || rights == NULL || (message.msg_flags & MSG_CTRUNC) != 0 ||
		rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS ||
		rights->cmsg_len != CMSG_LEN(sizeof(int) * sudo_head_fds(head)))
		return false;
	memcpy(fds, CMSG_DATA(rights), sizeof(int) * sudo_head_fds(head));
	return sudo_head_is_good(head);
}

static bool receive(int conn, struct sudo_head *head, int fds[SUDO_FDS_MAX], struct sudo_request *request)
{
	char *text, **pointers;

	if (!receive_head(conn, head, fds))
		return false;
	text = call_memory((size_t)head->size + 1);
	pointers = call_memory(sudo_request_pointers(head) * sizeof *pointers);
	return text != NULL && pointers != NULL && call_read_all(conn, text, head->size) &&
	       sudo_request_read(head, text, pointers, request) &&
	       (request->args[0] != NULL || (head->flags & (SUDO_LOGIN | SUDO_SHELL | SUDO_LIST | SUDO_VALIDATE)) != 0);
}

static void answer(int conn, uint32_t kind, int value)
{
	const struct sudo_answer said = {.kind = kind, .value = value};

	RAW(sendto, conn, &said, sizeof said, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
}

/* What became of the command since; true: it has ended. */
static bool look(int conn, struct session *session, pid_t command)
{
	for (;;) {
		info.si_pid = 0;
		if (RAW5(waitid, P_PID, command, &info, WEXITED | WSTOPPED | WNOHANG, 0) < 0)
			return true;
		if (info.si_pid == 0)
			return false;
		/* With the client the terminal ends: a SIGHUP for whoever is in front of it, which is meant for nobody.
		 */
		if (info.si_code != CLD_STOPPED)
			session_back(session);
		if (info.si_code == CLD_EXITED) {
			answer(conn, SUDO_EXITED, info.si_status);
			return true;
		}
		if (info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED) {
			answer(conn, SUDO_KILLED, info.si_status);
			return true;
		}
		if (info.si_code == CLD_STOPPED)
			answer(conn, SUDO_STOPPED, info.si_status);
	}
}

static void drain(int signals)
{
	struct signalfd_siginfo read_info;

	while (RAW3(read, signals, &read_info, sizeof read_info) > 0)
		;
}

/* The command's group, which is there until its last process has ended: never a process that has the number now. */
static long send_signal(pid_t command, int sig)
{
	return RAW2(kill, -command, sig);
}

/* The client is gone, and with it whoever waited: as sudo does, with some time to tidy up. */
static void end_command(int conn, int signals, struct session *session, pid_t command)
{
	bool ended = false;

	send_signal(command, SIGHUP);
	send_signal(command, SIGTERM);
	send_signal(command, SIGCONT);
	for (int left = GRACE_LOOKS; left > 0; left--) {
		const struct timespec limit = {.tv_nsec = LOOK_NS};
		struct pollfd child = {.fd = ended ? -1 : signals, .events = POLLIN};

		ended = ended || look(conn, session, command);
		if (ended && send_signal(command, 0) == -ESRCH)
			return;
		call_poll(&child, 1, &limit);
		drain(signals);
	}
	send_signal(command, SIGKILL);
}

/* False: the client is gone. */
static bool hand_on(int conn, struct session *session, pid_t command)
{
	unsigned char bytes[16] = {0};
	const long n = RAW(recvfrom, conn, bytes, sizeof bytes, MSG_DONTWAIT, 0, 0);

	for (long i = 0; i < n; i++) {
		int sig = bytes[i];

		if (sig == SUDO_CONTINUE_FRONT)
			session_front(session, command);
		if (sig == SUDO_CONTINUE_BACK)
			session_back(session);
		if (sig == SUDO_CONTINUE_FRONT || sig == SUDO_CONTINUE_BACK)
			sig = SIGCONT;
		if (sig >= 1 && sig <= 31)
			send_signal(command, sig);
	}
	return n > 0 || n == -EAGAIN || n == -EINTR;
}

static void supervise(int conn, int signals, struct session *session, pid_t command)
{
	while (!look(conn, session, command)) {
		struct pollfd fds[] = {{.fd = conn, .events = POLLIN}, {.fd = signals, .events = POLLIN}};

		if (call_poll(fds, 2, NULL) < 0)
			continue;
		if (fds[1].revents != 0)
			drain(signals);
		if (fds[0].revents != 0 && !hand_on(conn, session, command)) {
			end_command(conn, signals, session, command);
			return;
		}
	}
}

#define STACK_SIZE ((size_t)64 << 10)

struct command {
	struct run *run;
	struct session *session;
	int directory;
};

/* Has our memory until it executes the command. With -b nobody waits: the command leads its session itself. */
static int become_command(void *data)
{
	const struct command *command = data;
	struct run *run = command->run;
	struct session *session = command->session;

	if ((run->head->flags & SUDO_BACKGROUND) != 0)
		session_lead(session, -1, 0);
	else
		session_join(session, (run->head->flags & SUDO_FOREGROUND) != 0);
	return run_command(run, command->directory);
}

static void start(struct run *run, int conn, int directory, int terminal)
{
	const bool waits = (run->head->flags & SUDO_BACKGROUND) == 0;
	const signal_bits child = SIGNAL_BIT(SIGCHLD);
	static struct session session = {.terminal = -1};
	static struct command command; /* the command's process may still read them when we are gone */
	char *stack = call_memory(STACK_SIZE);
	long pid, signals;

	command = (struct command){run, &session, directory};
	if (waits)
		session_lead(&session, terminal, run->target.uid);
	/* It is blocked in the broker already. */
	signals = RAW4(signalfd4, -1, &child, sizeof child, SFD_CLOEXEC | SFD_NONBLOCK);
	pid = signals < 0     ? signals
	      : stack == NULL ? -ENOMEM
			      : call_clone(become_command, &command, stack + STACK_SIZE);
	if (pid < 0) {
		answer(conn, SUDO_REFUSED, (int)pid);
		return;
	}
	/* The terminal stays open, or the client would take it for hung up when the command has closed it. */
	call_close(directory);
	for (int fd = 0; fd <= 2; fd++)
		call_close(fd);
	if (waits) {
		RAW2(setpgid, pid, pid); /* whichever of us is first */
		supervise(conn, (int)signals, &session, (pid_t)pid);
	} else {
		answer(conn, SUDO_EXITED, 0);
	}
}

static void count(int counter, uint64_t what)
{
	RAW3(write, counter, &what, sizeof what);
}

int call_serve(int conn, int counter)
{
	static struct sudo_head head;
	static struct run run;
	struct ucred peer = {0};
	socklen_t size = sizeof peer, groups = sizeof run.groups;
	int fds[SUDO_FDS_MAX] = {-1, -1, -1, -1, -1};

	run.head = &head;
	set_deadline(BROKER_REQUEST_SECONDS);
	if (!receive(conn, &head, fds, &run.request) ||
		RAW5(getsockopt, conn, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
		count(counter, BROKER_REFUSED);
		return 1;
	}
	set_deadline(0);
	count(counter, BROKER_CALL);
	for (int fd = 0; fd <= 2; fd++) {
		RAW3(dup3, fds[fd], fd, 0);
		call_close(fds[fd]);
	}
	if ((head.flags & SUDO_PRESERVE_GROUPS) != 0 &&
		RAW5(getsockopt, conn, SOL_SOCKET, SO_PEERGROUPS, run.groups, &groups) == 0)
		run.n_groups = groups / sizeof(gid_t);
	if (!run_resolve(&run, peer.uid, peer.gid))
		answer(conn, SUDO_EXITED, 1);
	else if ((head.flags & SUDO_VALIDATE) != 0)
		answer(conn, SUDO_EXITED, 0);
	else if ((head.flags & SUDO_LIST) != 0)
		answer(conn, SUDO_EXITED, run_list(&run));
	else
		start(&run, conn, fds[3], fds[4]);
	return 0;
}
