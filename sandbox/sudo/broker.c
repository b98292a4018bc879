#include "sandbox/sudo/broker.h"

#include "sandbox/sudo/call.h"
#include "sandbox/sudo/calls.h"
#include "sandbox/sudo/request.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#define LISTENER 0
#define COUNTER 1
#define SIGNALS 2

static siginfo_t info;

static void count(uint64_t what)
{
	RAW3(write, COUNTER, &what, sizeof what);
}

/* A call that took too long to say what it wants has been ended by its timer. */
static void reap(unsigned *running)
{
	for (;;) {
		info.si_pid = 0;
		if (RAW5(waitid, P_ALL, 0, &info, WEXITED | WNOHANG, 0) < 0 || info.si_pid == 0)
			return;
		if (*running > 0)
			--*running;
		if (info.si_code == CLD_KILLED && info.si_status == SIGALRM)
			count(BROKER_REFUSED);
	}
}

static void refuse(int conn, int value)
{
	const struct sudo_answer answer = {.kind = SUDO_REFUSED, .value = value};

	count(BROKER_REFUSED);
	RAW(sendto, conn, &answer, sizeof answer, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
}

/* Sees one connection off; in the process of the call it does not return. */
static void serve(int conn, unsigned *running)
{
	long pid;

	if (*running >= BROKER_CALLS_MAX) {
		refuse(conn, BROKER_CALLS_MAX);
		return;
	}
	/* Listener, counter and `signals` stay open in it until 0-2 are the command's: no other descriptor may have
	 * such a number before. */
	pid = call_fork();
	if (pid == 0)
		call_exit(call_serve(conn, COUNTER));
	if (pid < 0)
		refuse(conn, (int)pid);
	else
		++*running;
}

int broker_main(void)
{
	const signal_bits child = SIGNAL_BIT(SIGCHLD);
	unsigned running = 0;
	int signals;

	/* A step that is root inside may do all that we can; none needs to be in here for it. */
	RAW5(prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	RAW5(prctl, PR_SET_NAME, SUDO_BROKER, 0, 0, 0);
	RAW4(rt_sigprocmask, SIG_BLOCK, &child, 0, sizeof child);
	signals = (int)RAW4(signalfd4, -1, &child, sizeof child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals != SIGNALS)
		return 1;
	for (;;) {
		struct pollfd fds[] = {{.fd = LISTENER, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
		struct signalfd_siginfo ended;
		long conn;

		if (call_poll(fds, 2, NULL) < 0)
			continue;
		if (fds[1].revents != 0) {
			RAW3(read, signals, &ended, sizeof ended);
			reap(&running);
		}
		if (fds[0].revents == 0)
			continue;
		if ((fds[0].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
			return 1;
		conn = RAW4(accept4, LISTENER, 0, 0, SOCK_CLOEXEC);
		if (conn < 0)
			continue;
		serve((int)conn, &running);
		call_close((int)conn);
	}
}
