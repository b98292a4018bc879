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
#include "sandbox/look.h"
#include "sandbox/lookup.h"
#include "sandbox/process_flags.h"
#include "sandbox/reap.h"
#include "sandbox/rlimits.h"
#include "sandbox/seccomp.h"
#include "sandbox/signals.h"
#include "sandbox/title.h"
#include "sandbox/wait.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* What the child says: with a report, what it has seen; and why, when it does not become the command. */
struct said {
	bool failed,
		filter_seen; /* the second: it looks at its filter too, and goes no further unless that is in place */
	int status;
	union {
		struct error error;
		struct seen_values seen;
	};
};

int entrypoint_drop(
	const struct plan *plan, const struct account *account, struct entrypoint *entrypoint, struct error *err)
{
	entrypoint->pid1 = getpid() == 1;
	if (!entrypoint->pid1 && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return error_set(err, errno, "entrypoint: adopt orphans: PR_SET_CHILD_SUBREAPER");
	if (plan->report != NULL)
		look_outside();
	if (fds_close_others(plan, NULL, 0, err) < 0 || fds_prepare(err) < 0 ||
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
	if (process_flags_hide(plan->report != NULL, err) < 0)
		return error_context(err, "entrypoint");
	/* Runtimes refuse keyctl(2) as a whole; then no keyring can be reached either. */
	entrypoint->keyring = keyring_leave(err) == 0;
	look_without(!entrypoint->caps_locked, !entrypoint->keyring);
	return entrypoint->keyring || err->errnum == EPERM || err->errnum == ENOSYS ? 0 : -1;
}

/* The command's group has the terminal, if it is ours to give. */
static void take_terminal(void)
{
	setpgid(0, 0);
	if (tcgetpgrp(STDIN_FILENO) == getpgid(getppid()))
		tcsetpgrp(STDIN_FILENO, getpgrp());
}

/* Landlock, and what its rules were made of is closed. With a report all is looked at, for there `active` means seen.
 */
static int restrict_and_look(const struct plan *plan, int sock, struct look *look, struct error *err)
{
	struct said said = {.failed = false};

	look_begin(plan, look);
	if (plan->landlock && (plan->degraded & (1u << PLAN_DEGRADABLE_LANDLOCK)) == 0 &&
		landlock_restrict(plan, err) < 0)
		return -1;
	if (fds_close_others(plan, (const int[]){sock, look->status, look->descriptors}, 3, err) < 0 ||
		fds_hand_over(plan, err) < 0 || look_check(plan, look, err) < 0)
		return -1;
	said.filter_seen = look->status >= 0;
	said.seen = look->seen;
	if (plan->report != NULL)
		send(sock, &said, sizeof said, MSG_NOSIGNAL);
	return 0;
}

static int confine(const struct plan *plan, int sock, struct exec *exec, struct error *err)
{
	static struct look look;

	/* The report's directory is open in here. */
	if (fds_close_others(plan, &sock, 1, err) < 0)
		return -1;
	if (plan->workdir != NULL && lookup_enter("workdir", plan->workdir, err) < 0) {
		return err->hint[0] != '\0' ? -1
					    : error_hint(err, "a directory of the container's that --user may enter");
	}
	if (rlimits_apply(plan, err) < 0 || rlimits_lower_nofile(plan, err) < 0 ||
		restrict_and_look(plan, sock, &look, err) < 0 || exec_prepare(plan, EXEC_MAY_WAIT, exec, err) < 0 ||
		signals_reset(err) < 0)
		return -1;
	return seccomp_install(&plan->filter, err) < 0 ? -1 : look_filtered(plan, &look, err);
}

static void become_command(const struct plan *plan, int sock) __attribute__((noreturn));

static void become_command(const struct plan *plan, int sock)
{
	struct said failure = {.failed = true, .status = STATUS_LAUNCHER};
	struct exec exec;

	take_terminal();
	if (confine(plan, sock, &exec, &failure.error) == 0)
		failure.status = exec_failed(plan, exec_run(plan, &exec), &failure.error);
	send(sock, &failure, sizeof failure, MSG_NOSIGNAL);
	_exit(failure.status);
}

/* A file system that does not answer keeps neither the time limit nor a signal. */
static int await_word(int sock, int64_t deadline_ns, struct outcome *outcome, struct error *err)
{
	const int64_t left_ns = deadline_ns != 0 ? deadline_ns - clock_monotonic_ns() : INT64_MAX;
	const int sig = wait_unless_ended(sock, left_ns, err);

	if (sig < 0 && err->errnum == ETIMEDOUT) {
		outcome->ended_by = ENDED_BY_TIMEOUT;
		outcome->status = STATUS_TIMEOUT;
	}
	if (sig <= 0)
		return sig;
	outcome->ended_by = ENDED_BY_CANCEL;
	outcome->status = 128 + sig;
	return error_set(err, 0, "SIG%s came first", sigabbrev_np(sig));
}

/* What the child says, until it has become the command: 0; or has not, for the reason in `err`. */
static int hear(const struct plan *plan, int sock, int64_t deadline_ns, struct seen_values *seen,
	struct outcome *outcome, struct error *err)
{
	for (;;) {
		struct said said;
		ssize_t n;

		if (await_word(sock, deadline_ns, outcome, err) < 0)
			return error_context(err, "entrypoint: the command has not been executed");
		n = recv(sock, &said, sizeof said, 0);
		if (n == 0)
			return 0;
		if (n != (ssize_t)sizeof said)
			return error_set(
				err, n < 0 ? errno : EPROTO, "entrypoint: what became of the command is not known");
		if (said.failed) {
			*err = said.error;
			outcome->status = said.status;
			return -1;
		}
		*seen = said.seen;
		if (said.filter_seen)
			seen_filtered(plan, look_before(), seen);
	}
}

/* Starts the command, and comes back when it has been executed, or why it was not. */
static pid_t start(const struct plan *plan, int64_t deadline_ns, struct seen_values *seen, struct outcome *outcome,
	struct error *err)
{
	_cleanup_(close_fd) int ours = -1;
	int pair[2];
	pid_t command;

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
	if (hear(plan, ours, deadline_ns, seen, outcome, err) == 0)
		return command;
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

static void attend(
	const struct plan *plan, int64_t deadline, pid_t command, struct outcome *outcome, int *code, int *value)
{
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
	const int64_t started = clock_monotonic_ns(), limit_ns = plan->limits.time_ns;
	const int64_t deadline_ns = limit_ns == 0 || limit_ns > INT64_MAX - started ? 0 : started + limit_ns;
	int64_t ended;
	int code = CLD_KILLED, value = SIGKILL;
	struct seen_values seen;
	pid_t command;

	seen_none(&seen);
	*outcome = (struct outcome){.status = STATUS_LAUNCHER, .ended_by = ENDED_BY_LAUNCHER, .exit_code = -1};
	clock_gettime(CLOCK_REALTIME, &outcome->start);
	outcome->end = outcome->start;
	if (signals_block_all(err) < 0)
		return -1;
	command = start(plan, deadline_ns, &seen, outcome, err);
	if (command < 0) {
		stdio_end(&entrypoint->stdio, outcome);
		return -1;
	}
	fds_close_kept(plan);
	title_set("cofferdam-init");
	attend(plan, deadline_ns, command, outcome, &code, &value);
	ended = clock_monotonic_ns();
	outcome->duration_ns = ended - started;
	conclude(outcome, code, value);
	descendants_kill(entrypoint->pid1, outcome);
	if (foreground == getpgrp())
		tcsetpgrp(STDIN_FILENO, foreground); /* SIGTTOU is blocked */
	stdio_end(&entrypoint->stdio, outcome);
	outcome->teardown_ns = clock_monotonic_ns() - ended;
	clock_gettime(CLOCK_REALTIME, &outcome->end);
	container_protections(plan, entrypoint, &seen, outcome);
	return 0;
}
