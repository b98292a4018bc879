/* PID 1 of a sandbox: forwards signals to the command, reaps, and says how the command ended. A program of its own, so
 * that nothing of the launcher's memory (the plan, values of the environment) stays inside once the command executes,
 * and without a C library, so that it is a few pages. Descriptor 0 is the socket to the launcher, 1 and 2 are closed;
 * all signals are blocked. The arguments are the PID of the command, and, where there is one, that of the broker of
 * sudo: it is no process that the command left behind. */
#include "common/status.h"
#include "sandbox/init/raw.h"
#include "sandbox/process/forwarded.h"
#include "sandbox/watch/message.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define SOCKET 0

/* As the kernel takes it: one bit a signal. */
typedef uint64_t signal_bits;
#define BIT(sig) (UINT64_C(1) << ((sig)-1))

/* Not on the stack: the compiler would call memset() to clear them. */
static struct message ended;
static siginfo_t info;

static signal_bits wanted_signals(void)
{
	signal_bits wanted = BIT(SIGCHLD);

	for (size_t i = 0; i < FORWARDED_COUNT; i++)
		wanted |= BIT(forwarded_signals[i]);
	return wanted;
}

static long wait_for_any(int flags)
{
	info.si_pid = 0;
	return RAW5(waitid, P_ALL, 0, &info, WEXITED | flags, 0);
}

/* Reaps all that have ended. True when the command is among them; then `ended` is filled. *alone: no process is left,
 * for each would be a child of ours or below one (ECHILD). A child that has asked to be traced (PTRACE_TRACEME) is
 * reported whenever it stops, too: its parent is its tracer, and that is us for orphans and the command. ptrace(2) */
static bool reap(pid_t command, bool *alone)
{
	bool found = false;
	long r;

	while ((r = wait_for_any(WNOHANG)) == 0 && info.si_pid != 0)
		if (info.si_pid == command && info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED) {
			ended.code = info.si_code;
			ended.value = info.si_status;
			found = true;
		}
	*alone = r == -ECHILD;
	return found;
}

/* What the command left behind. The kernel would kill it when PID 1 exits; doing it here lets us count. One pass is
 * enough: a process with SIGKILL pending cannot fork. */
static uint64_t kill_rest(pid_t broker)
{
	uint64_t killed = 0;
	long r;

	RAW2(kill, -1, SIGKILL);
	while ((r = wait_for_any(0)) == 0 || r == -EINTR)
		killed += r == 0 && info.si_code == CLD_KILLED && info.si_status == SIGKILL && info.si_pid != broker;
	return killed;
}

static pid_t number(const char *text)
{
	pid_t value = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (*text - '0');
	return value;
}

int raw_main(int argc, char **argv, char **envp)
{
	const pid_t command = argc >= 2 ? number(argv[1]) : 0, broker = argc == 3 ? number(argv[2]) : 0;
	const signal_bits wanted = wanted_signals();
	bool alone = false;

	(void)envp;
	/* The kernel has seen to it already, since nobody may read this program's file, unless fs.suid_dumpable is 1.
	 */
	RAW5(prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	RAW5(prctl, PR_SET_NAME, "cofferdam-init", 0, 0, 0);
	if (command == 0)
		return STATUS_LAUNCHER;
	for (;;) {
		const long sig = RAW4(rt_sigtimedwait, &wanted, 0, 0, sizeof wanted);

		if (sig == SIGCHLD) {
			if (reap(command, &alone))
				break;
		} else if (sig > 0) {
			RAW2(kill, forwarded_to_group((int)sig) ? -command : command, sig);
		}
	}
	ended.kind = MESSAGE_ENDED;
	if (!alone) /* kill(2) would look at every process of the machine */
		ended.killed = kill_rest(broker);
	while (RAW(sendto, SOCKET, &ended, sizeof ended, MSG_NOSIGNAL, 0, 0) == -EINTR)
		;
	return ended.code == CLD_EXITED ? ended.value : 128 + ended.value;
}
