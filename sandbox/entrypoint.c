#include "sandbox/entrypoint.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/status.h"
#include "sandbox/caps.h"
#include "sandbox/container_protections.h"
#include "sandbox/descendants.h"
#include "sandbox/exec.h"
#include "sandbox/fds.h"
#include "sandbox/keyring.h"
#include "sandbox/landlock.h"
#include "sandbox/lookup.h"
#include "sandbox/reap.h"
#include "sandbox/rlimits.h"
#include "sandbox/seccomp.h"
#include "sandbox/signals.h"
#include "sandbox/title.h"
#include "sandbox/wait.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* What the child says when it does not become the command. */
struct failure {
	int status;
	struct error error;
};

int entrypoint_drop(
	const struct plan *plan, const struct account *account, struct entrypoint *entrypoint, struct error *err)
{
	entrypoint->pid1 = getpid() == 1;
	if (!entrypoint->pid1 && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return error_set(err, errno, "entrypoint: adopt orphans: PR_SET_CHILD_SUBREAPER");
	if (fds_close_others(plan, -1, err) < 0 || fds_prepare(err) < 0 ||
		stdio_begin(&entrypoint->stdio, plan, err) < 0)
		return -1;
	/* In this order: the bounding set needs CAP_SETPCAP, which goes away with uid 0. */
	if (caps_lock(&entrypoint->caps_locked, err) < 0)
		return -1;
	if (account != NULL && account_become(account, err) < 0)
		return -1;
	if (caps_clear(err) < 0)
		return -1;
	/* After the change of ids, which sets it anew: neither environ nor memory nor descriptors of PID 1 are for the
	 * command to look at. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_set(err, errno, "entrypoint: close /proc/self to others: PR_SET_DUMPABLE");
	/* Runtimes refuse keyctl(2) as a whole; then no keyring can be reached either. */
	entrypoint->keyring = keyring_leave(err) == 0;
	return entrypoint->keyring || err->errnum == EPERM || err->errnum == ENOSYS ? 0 : -1;
}

/* The command's group has the terminal, if it is ours to give. */
static void take_terminal(void)
{
	setpgid(0, 0);
	if (tcgetpgrp(STDIN_FILENO) == getpgid(getppid()))
		tcsetpgrp(STDIN_FILENO, getpgrp());
}

/* The report's directory is open in here, and what Landlock's rules were made of. */
static int confine(const struct plan *plan, int sock, struct exec *exec, struct error *err)
{
	if (fds_close_others(plan, sock, err) < 0)
		return -1;
	if (plan->workdir != NULL && lookup_enter("workdir", plan->workdir, err) < 0) {
		return err->hint[0] != '\0' ? -1
					    : error_hint(err, "a directory of the container's that --user may enter");
	}
	if (rlimits_apply(plan, err) < 0 || rlimits_lower_nofile(plan, err) < 0)
		return -1;
	if (plan->landlock && (plan->degraded & (1u << PLAN_DEGRADABLE_LANDLOCK)) == 0 &&
		landlock_restrict(plan, err) < 0)
		return -1;
	if (fds_close_others(plan, sock, err) < 0 || fds_hand_over(plan, err) < 0 ||
		exec_prepare(plan, EXEC_MAY_WAIT, exec, err) < 0 || signals_reset(err) < 0)
		return -1;
	return seccomp_install(&plan->filter, err);
}

static void become_command(const struct plan *plan, int sock) __attribute__((noreturn));

static void become_command(const struct plan *plan, int sock)
{
	struct failure failure = {.status = STATUS_LAUNCHER};
	struct exec exec;

	take_terminal();
	if (confine(plan, sock, &exec, &failure.error) == 0)
		failure.status = exec_failed(plan, exec_run(plan, &exec), &failure.error);
	send(sock, &failure, sizeof failure, MSG_NOSIGNAL);
	_exit(failure.status);
}

#define NOT_HEARD (-2)

/* Starts the command, and comes back when it has been executed, or why it was not. */
static pid_t start(const struct plan *plan, struct outcome *outcome, struct error *err)
{
	_cleanup_(close_fd) int ours = -1;
	struct failure failure;
	int pair[2];
	pid_t command;
	ssize_t n = NOT_HEARD;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(err, errno, "entrypoint: a socket to the command");
	ours = pair[0];
	command = fork();
	if (command == 0)
		become_command(plan, pair[1]);
	close(pair[1]);
	if (command < 0)
		return error_set(err, errno, "entrypoint: a process for the command: fork");
	setpgid(command, command); /* whoever is first: from here on the group exists */
	/* A file system that does not answer keeps neither the time limit nor a signal. */
	if (wait_unless_ended(ours, plan->limits.time_ns != 0 ? plan->limits.time_ns : INT64_MAX, &failure.error) == 0)
		n = recv(ours, &failure, sizeof failure, 0);
	if (n == 0)
		return command;
	if (n == NOT_HEARD) {
		*err = failure.error;
		error_context(err, "entrypoint: the command has not been executed");
	} else if (n == (ssize_t)sizeof failure) {
		*err = failure.error;
		outcome->status = failure.status;
	} else
		error_set(err, n < 0 ? errno : EPROTO, "entrypoint: what became of the command is not known");
	kill(command, SIGKILL);
	waitpid(command, NULL, 0);
	return -1;
}

/* The next signal; 0 when the deadline (0: none) has come. */
static int next_signal(const sigset_t *wanted, int64_t deadline_ns)
{
	int64_t left = deadline_ns - clock_monotonic_ns();
	struct timespec timeout = {.tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S};
	int sig;

	if (deadline_ns != 0 && left <= 0)
		return 0;
	sig = sigtimedwait(wanted, NULL, deadline_ns != 0 ? &timeout : NULL);
	return sig < 0 && errno == EAGAIN ? 0 : sig;
}

/* First SIGTERM, after the grace period SIGKILL. The deadline that comes next. */
static int64_t time_is_up(const struct plan *plan, pid_t command, struct outcome *outcome)
{
	bool again = outcome->ended_by == ENDED_BY_TIMEOUT;

	outcome->ended_by = ENDED_BY_TIMEOUT;
	kill(-command, again ? SIGKILL : SIGTERM);
	if (again)
		kill(command, SIGKILL);
	return again ? 0 : clock_monotonic_ns() + plan->limits.grace_ns;
}

static void attend(const struct plan *plan, pid_t command, struct outcome *outcome, int *code, int *value)
{
	int64_t deadline = plan->limits.time_ns != 0 ? clock_monotonic_ns() + plan->limits.time_ns : 0;
	sigset_t wanted;

	signals_of_container(&wanted);
	sigaddset(&wanted, SIGCHLD);
	for (;;) {
		int sig = next_signal(&wanted, deadline);

		if (sig == SIGCHLD) {
			if (reap(command, code, value))
				return;
		} else if (sig > 0)
			kill(-command, sig);
		else if (sig == 0)
			deadline = time_is_up(plan, command, outcome);
	}
}

static void conclude(struct outcome *outcome, int code, int value)
{
	struct rusage usage;

	outcome->exit_code = code == CLD_EXITED ? value : -1;
	outcome->signal = code == CLD_EXITED ? 0 : value;
	outcome->status = code == CLD_EXITED ? value : 128 + value;
	if (outcome->ended_by == ENDED_BY_TIMEOUT)
		outcome->status = STATUS_TIMEOUT;
	else
		outcome->ended_by = code == CLD_EXITED ? ENDED_BY_EXIT : ENDED_BY_SIGNAL;
	if (getrusage(RUSAGE_CHILDREN, &usage) < 0)
		return;
	outcome->cpu_usec = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
			    (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	outcome->memory_peak = (uint64_t)usage.ru_maxrss * 1024;
	outcome->memory_peak_is_rss = true;
}

int entrypoint_run(const struct plan *plan, struct entrypoint *entrypoint, struct outcome *outcome, struct error *err)
{
	const pid_t foreground = tcgetpgrp(STDIN_FILENO);
	int64_t started = clock_monotonic_ns(), ended;
	int code = CLD_KILLED, value = SIGKILL;
	pid_t command;

	*outcome = (struct outcome){.status = STATUS_LAUNCHER, .ended_by = ENDED_BY_LAUNCHER, .exit_code = -1};
	clock_gettime(CLOCK_REALTIME, &outcome->start);
	outcome->end = outcome->start;
	if (signals_block_all(err) < 0)
		return -1;
	command = start(plan, outcome, err);
	if (command < 0) {
		stdio_end(&entrypoint->stdio, outcome);
		return -1;
	}
	fds_close_kept(plan);
	title_set("cofferdam-init");
	attend(plan, command, outcome, &code, &value);
	ended = clock_monotonic_ns();
	outcome->duration_ns = ended - started;
	conclude(outcome, code, value);
	descendants_kill(entrypoint->pid1, outcome);
	if (foreground == getpgrp())
		tcsetpgrp(STDIN_FILENO, foreground); /* SIGTTOU is blocked */
	stdio_end(&entrypoint->stdio, outcome);
	outcome->teardown_ns = clock_monotonic_ns() - ended;
	clock_gettime(CLOCK_REALTIME, &outcome->end);
	container_protections(plan, entrypoint, outcome);
	return 0;
}
