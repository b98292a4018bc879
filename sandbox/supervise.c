#include "sandbox/supervise.h"

#include "common/cleanup.h"
#include "sandbox/signals.h"
#include "sandbox/syscalls.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WATCH_INIT, WATCH_SOCKET, WATCH_SIGNALS, WATCH_TIMER, WATCH_COUNT };

struct watch {
	const struct plan *plan;
	int pidfd;
	struct cgroup *cgroup;
	struct outcome *outcome;
	int timer;
	bool stopping; /* SIGTERM has been sent, the grace period runs */
	bool killed;
};

static int arm(int timer, int64_t ns, struct error *err)
{
	struct itimerspec when = {.it_value = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000}};

	if (ns == 0)
		when.it_value.tv_nsec = 1; /* 0 would disarm */
	if (timerfd_settime(timer, 0, &when, NULL) < 0)
		return error_set(err, errno, "time limit: timerfd_settime");
	return 0;
}

/* PID 1's death is the death of all; cgroup.kill also reaches what a bug of ours might have left outside of it. */
static void kill_all(struct watch *watch)
{
	struct error ignored; /* PID 1 is killed in any case, and what is left is looked for at the end */
	uint64_t members;     /* the command and PID 1 among them: not what was left behind */

	if (watch->killed)
		return;
	watch->killed = true;
	if (watch->cgroup->dirfd >= 0)
		cgroup_kill(watch->cgroup, &members, &ignored);
	sys_pidfd_send_signal(watch->pidfd, SIGKILL);
}

/* First SIGTERM, and after the grace period SIGKILL. */
static int stop(struct watch *watch, enum ended_by why, struct error *err)
{
	if (watch->stopping) {
		kill_all(watch);
		return 0;
	}
	watch->stopping = true;
	watch->outcome->ended_by = why;
	sys_pidfd_send_signal(watch->pidfd, SIGTERM);
	return arm(watch->timer, watch->plan->limits.grace_ns, err);
}

static int on_signal(struct watch *watch, int signals, struct error *err)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof info) != (ssize_t)sizeof info)
		return error_set(err, errno, "signals: read");
	if (info.ssi_signo == SIGTERM)
		return stop(watch, ENDED_BY_CANCEL, err);
	sys_pidfd_send_signal(watch->pidfd, (int)info.ssi_signo);
	return 0;
}

static int on_timer(struct watch *watch, struct error *err)
{
	uint64_t expirations;

	if (read(watch->timer, &expirations, sizeof expirations) < 0)
		return error_set(err, errno, "time limit: read");
	return stop(watch, ENDED_BY_TIMEOUT, err);
}

static void remember(struct told *told, const struct message *message)
{
	switch (message->kind) {
	case MESSAGE_READY:
		told->pidns = message->pidns;
		break;
	case MESSAGE_STARTING:
		told->starting = true;
		break;
	case MESSAGE_FAILED:
		if (!told->failed)
			told->failure = *message;
		told->failed = true;
		break;
	case MESSAGE_ENDED:
		if (!told->ended)
			told->end = *message;
		told->ended = true;
		break;
	}
}

static int loop(struct watch *watch, struct pollfd *fds, struct told *told, struct error *err)
{
	for (;;) {
		struct message message;

		if (poll(fds, WATCH_COUNT, -1) < 0) {
			if (errno == EINTR)
				continue;
			return error_set(err, errno, "poll");
		}
		if (fds[WATCH_SOCKET].revents != 0) {
			if (message_receive(fds[WATCH_SOCKET].fd, &message) != 1)
				fds[WATCH_SOCKET].fd = -1; /* closed: PID 1 is about to be gone */
			else
				remember(told, &message);
			continue; /* what was said before the end is read before the end is looked at */
		}
		if (fds[WATCH_INIT].revents != 0)
			return 0;
		if (fds[WATCH_SIGNALS].revents != 0 && on_signal(watch, fds[WATCH_SIGNALS].fd, err) < 0)
			return -1;
		if (fds[WATCH_TIMER].revents != 0 && on_timer(watch, err) < 0)
			return -1;
	}
}

static int wait_for_init(pid_t init, struct outcome *outcome, struct error *err)
{
	struct rusage usage;
	int status;

	while (wait4(init, &status, 0, &usage) < 0)
		if (errno != EINTR)
			return error_set(err, errno, "wait for PID 1");
	outcome->cpu_usec = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
			    (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	outcome->memory_peak = (uint64_t)usage.ru_maxrss * 1024;
	outcome->memory_peak_is_rss = true;
	return 0;
}

int supervise(const struct plan *plan, pid_t init, int pidfd, int sock, struct cgroup *cgroup, struct outcome *outcome,
	struct told *told, struct error *err)
{
	_cleanup_(close_fd) int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	struct watch watch = {.plan = plan, .pidfd = pidfd, .cgroup = cgroup, .outcome = outcome, .timer = timer};
	_cleanup_(close_fd) int signals = -1;
	struct error second; /* the first error is the one to tell */
	sigset_t wanted;
	int result;

	signals_forwarded(&wanted);
	signals = signalfd(-1, &wanted, SFD_CLOEXEC);
	*told = (struct told){0};
	if (timer < 0 || signals < 0)
		result = error_set(err, errno, "timerfd or signalfd");
	else
		result = plan->limits.time_ns != 0 ? arm(timer, plan->limits.time_ns, err) : 0;
	if (result == 0) {
		struct pollfd fds[WATCH_COUNT] = {
			[WATCH_INIT] = {.fd = pidfd, .events = POLLIN},
			[WATCH_SOCKET] = {.fd = sock, .events = POLLIN},
			[WATCH_SIGNALS] = {.fd = signals, .events = POLLIN},
			[WATCH_TIMER] = {.fd = timer, .events = POLLIN},
		};

		result = loop(&watch, fds, told, err);
	}
	if (result < 0)
		kill_all(&watch); /* we cannot watch it: it must not run */
	if (wait_for_init(init, outcome, result < 0 ? &second : err) < 0)
		return -1;
	return result;
}
