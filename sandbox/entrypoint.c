#include "sandbox/entrypoint.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/status.h"
#include "sandbox/files/lookup.h"
#include "sandbox/filter/landlock.h"
#include "sandbox/filter/seccomp.h"
#include "sandbox/identity/caps.h"
#include "sandbox/process/descendants.h"
#include "sandbox/process/exec.h"
#include "sandbox/process/exec_hint.h"
#include "sandbox/process/fds.h"
#include "sandbox/process/flags.h"
#include "sandbox/process/keyring.h"
#include "sandbox/process/reap.h"
#include "sandbox/process/rlimits.h"
#include "sandbox/process/signals.h"
#include "sandbox/process/title.h"
#include "sandbox/process/wait.h"
#include "sandbox/verify/inspect.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* What the child says: with a report, over a socket, what it has seen; in memory, why it does not become the command.
 */
struct said {
	bool failed,
		filter_seen; /* the second: it looks at its filter too, and goes no further unless that is in place */
	int status;
	union {
		struct error error;
		struct seen_values seen;
	};
};

int entrypoint_drop(struct entrypoint *entrypoint, const struct account *account, struct error *err)
{
	entrypoint->pid1 = getpid() == 1;
	if (!entrypoint->pid1 && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return error_set(err, errno, "entrypoint: adopt orphans: PR_SET_CHILD_SUBREAPER");
	if (entrypoint->expected != NULL)
		inspect_outside(entrypoint->expected);
	if (fds_close_others(entrypoint->fds, &entrypoint->spared, 1, err) < 0 || fds_prepare(err) < 0 ||
		stdio_begin(&entrypoint->stdio, entrypoint->fds, true,
			entrypoint->landlock->no_tcp ? entrypoint->landlock->abi : 0, err) < 0)
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
	if (process_flags_hide(entrypoint->expected != NULL, err) < 0)
		return error_context(err, "entrypoint");
	/* Runtimes refuse keyctl(2) as a whole; then no keyring can be reached either. */
	entrypoint->keyring = keyring_leave(err) == 0;
	inspect_unavailable(!entrypoint->caps_locked, !entrypoint->keyring);
	return entrypoint->keyring || err->errnum == EPERM || err->errnum == ENOSYS ? 0 : -1;
}

/* The command's group has the terminal, if it is ours to give. */
static void take_terminal(void)
{
	setpgid(0, 0);
	if (tcgetpgrp(STDIN_FILENO) == getpgid(getppid()))
		tcsetpgrp(STDIN_FILENO, getpgrp());
}

/* Landlock, and what its rules were made of is closed. With a report all is inspected, for there `active` means seen.
 */
static int restrict_and_inspect(
	const struct entrypoint *entrypoint, int sock, struct inspection *inspection, struct error *err)
{
	struct said said = {.failed = false};
	int spared[] = {sock, -1, -1};

	inspect_begin(inspection);
	if (entrypoint->landlock->wanted && (entrypoint->degraded & (1u << PLAN_DEGRADABLE_LANDLOCK)) == 0 &&
		landlock_restrict(entrypoint->landlock, entrypoint->root, entrypoint->fds, true, err) < 0)
		return -1;
	if (inspection != NULL) {
		spared[1] = inspection->status;
		spared[2] = inspection->descriptors;
	}
	if (fds_close_others(entrypoint->fds, spared, 3, err) < 0 || fds_hand_over(entrypoint->fds, err) < 0 ||
		inspect_check(inspection, err) < 0)
		return -1;
	if (inspection == NULL)
		return 0;
	said.filter_seen = inspection->status >= 0;
	said.seen = inspection->seen;
	send(sock, &said, sizeof said, MSG_NOSIGNAL);
	return 0;
}

/* Where we are PID 1 the kernel sees to it; else nobody is left who would end the command. */
static int die_with(pid_t parent, bool inspected, struct error *err)
{
	if (process_flags_die_with_parent(inspected, err) < 0)
		return -1;
	return getppid() == parent ? 0 : error_set(err, 0, "entrypoint: killed before the command began");
}

static int confine(const struct entrypoint *entrypoint, pid_t parent, int sock, struct exec *exec, struct error *err)
{
	struct inspection *inspection = entrypoint->expected != NULL ? inspect_room() : NULL;

	/* The report's directory is open in here. */
	if (die_with(parent, inspection != NULL, err) < 0 || fds_close_others(entrypoint->fds, &sock, 1, err) < 0)
		return -1;
	if (entrypoint->command->workdir != NULL && lookup_enter("workdir", entrypoint->command->workdir, err) < 0) {
		return err->hint[0] != '\0'
			       ? -1
			       : error_hint(err, "name a directory of the container that --user may enter");
	}
	if (rlimits_apply(entrypoint->limits, entrypoint->degraded, err) < 0 ||
		rlimits_lower_nofile(entrypoint->limits, err) < 0 ||
		restrict_and_inspect(entrypoint, sock, inspection, err) < 0 ||
		exec_prepare(entrypoint->command, EXEC_MAY_WAIT, exec, err) < 0 || signals_reset(err) < 0)
		return -1;
	return seccomp_install(entrypoint->filter, err) < 0 ? -1 : inspect_filtered(inspection, err);
}

static void become_command(const struct entrypoint *entrypoint, pid_t parent, int sock, struct said *failure)
	__attribute__((noreturn));

/* `failure` is memory of the parent's too: under its filter the process may neither send nor end as it wants. */
static void become_command(const struct entrypoint *entrypoint, pid_t parent, int sock, struct said *failure)
{
	const char *name = entrypoint->command->argv[0];
	struct exec exec;

	take_terminal();
	failure->status = STATUS_LAUNCHER;
	if (confine(entrypoint, parent, sock, &exec, &failure->error) == 0) {
		const int why = exec_run(entrypoint->command, &exec);

		failure->status = exec_failed(name, why, &failure->error);
		if (why != ENOENT || strpbrk(name, " \t\n") != NULL)
			exec_hint_inside(name, exec.mode, why, &failure->error);
	}
	failure->failed = true;
	_exit(failure->status);
}

/* A file system that does not answer keeps neither the time limit nor a signal. */
static int await_word(int sock, int64_t deadline_ns, struct outcome *outcome, struct error *err)
{
	const int64_t left_ns = deadline_ns != 0 ? deadline_ns - clock_monotonic_ns() : INT64_MAX;
	const int sig = wait_unless_ended(sock, POLLIN, left_ns, err);

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
static int hear(struct entrypoint *entrypoint, int sock, const struct said *failure, int64_t deadline_ns,
	struct outcome *outcome, struct error *err)
{
	for (;;) {
		struct said said;
		ssize_t n;

		if (await_word(sock, deadline_ns, outcome, err) < 0)
			return error_context(err, "entrypoint: the command has not been executed");
		n = recv(sock, &said, sizeof said, 0);
		if (n == 0 && failure->failed) {
			*err = failure->error;
			outcome->status = failure->status;
			return -1;
		}
		if (n == 0)
			return 0;
		if (n != (ssize_t)sizeof said)
			return error_set(err, n < 0 ? errno : EPROTO, "entrypoint: the command's result is unknown");
		entrypoint->seen = said.seen;
		if (said.filter_seen)
			seen_filtered(inspect_before(), &entrypoint->seen);
	}
}

static pid_t start_telling(struct entrypoint *entrypoint, struct said *failure, int64_t deadline_ns,
	struct outcome *outcome, struct error *err)
{
	_cleanup_(close_fd) int ours = -1;
	const pid_t parent = getpid();
	int pair[2];
	pid_t command;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(err, errno, "entrypoint: a socket to the command");
	ours = pair[0];
	command = fork();
	if (command == 0)
		become_command(entrypoint, parent, pair[1], failure);
	close(pair[1]);
	if (command < 0)
		return error_set(err, errno, "entrypoint: a process for the command: fork");
	setpgid(command, command); /* whoever is first: from here on the group exists */
	if (hear(entrypoint, ours, failure, deadline_ns, outcome, err) == 0)
		return command;
	wait_killed(command);
	return -1;
}

/* Starts the command, and comes back when it has been executed, or why it was not. */
static pid_t start(struct entrypoint *entrypoint, int64_t deadline_ns, struct outcome *outcome, struct error *err)
{
	struct said *failure = mmap(NULL, sizeof *failure, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t command;

	if (failure == MAP_FAILED)
		return error_set(err, errno, "entrypoint: memory to share with the command");
	command = start_telling(entrypoint, failure, deadline_ns, outcome, err);
	munmap(failure, sizeof *failure);
	return command;
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
static int64_t time_is_up(int64_t grace_ns, pid_t command, struct outcome *outcome)
{
	bool again = outcome->ended_by == ENDED_BY_TIMEOUT;

	outcome->ended_by = ENDED_BY_TIMEOUT;
	kill(-command, again ? SIGKILL : SIGTERM);
	if (again)
		kill(command, SIGKILL);
	return again ? 0 : clock_monotonic_ns() + grace_ns;
}

static void attend(int64_t grace_ns, int64_t deadline, pid_t command, struct outcome *outcome, int *code, int *value)
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
			deadline = time_is_up(grace_ns, command, outcome);
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

/* Whether or not the command has been executed: what it left is killed, the terminal and the descriptors are the
 * caller's again. `foreground` is whose the terminal was. */
static void leave(struct entrypoint *entrypoint, pid_t foreground, struct outcome *outcome)
{
	descendants_kill(entrypoint->pid1, outcome);
	if (foreground == getpgrp())
		tcsetpgrp(STDIN_FILENO, foreground); /* SIGTTOU is blocked */
	stdio_end(&entrypoint->stdio, outcome);
}

int entrypoint_run(struct entrypoint *entrypoint, struct outcome *outcome, struct error *err)
{
	const pid_t foreground = tcgetpgrp(STDIN_FILENO);
	const int64_t started = clock_monotonic_ns(), limit_ns = entrypoint->limits->time_ns;
	const int64_t deadline_ns = limit_ns == 0 || limit_ns > INT64_MAX - started ? 0 : started + limit_ns;
	int64_t ended;
	int code = CLD_KILLED, value = SIGKILL;
	pid_t command;

	seen_none(&entrypoint->seen);
	*outcome = (struct outcome){.status = STATUS_LAUNCHER, .ended_by = ENDED_BY_LAUNCHER, .exit_code = -1};
	clock_gettime(CLOCK_REALTIME, &outcome->start);
	outcome->end = outcome->start;
	if (signals_block_all(err) < 0)
		return -1;
	command = start(entrypoint, deadline_ns, outcome, err);
	if (command < 0) {
		leave(entrypoint, foreground, outcome);
		return -1;
	}
	fds_close_kept(entrypoint->fds);
	title_set("cofferdam-init");
	attend(entrypoint->limits->grace_ns, deadline_ns, command, outcome, &code, &value);
	ended = clock_monotonic_ns();
	outcome->duration_ns = ended - started;
	conclude(outcome, code, value);
	leave(entrypoint, foreground, outcome);
	outcome->teardown_ns = clock_monotonic_ns() - ended;
	clock_gettime(CLOCK_REALTIME, &outcome->end);
	return 0;
}

void entrypoint_end(struct entrypoint *entrypoint)
{
	stdio_end(&entrypoint->stdio, NULL);
}
