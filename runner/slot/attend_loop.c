/* The turns of a slot's event loop. The kernel lets a user have so many epoll(7) watches on the whole machine
 * (fs.epoll.max_user_watches), and one job can use up all of them. So what the loop watches by epoll is there before
 * the first job; what comes and goes with the jobs is polled beside it, and its processes are reported by SIGCHLD. */
#include "runner/slot/attend.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* False: it runs. A process that has ended keeps its number until it is reaped. */
static bool has_ended(pid_t pid, int *status)
{
	siginfo_t si = {.si_pid = 0};

	if (pid <= 0 || waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG | WNOWAIT) < 0 || si.si_pid != pid)
		return false;
	*status = si.si_code == CLD_EXITED ? (si.si_status & 0xff) << 8 : si.si_status & 0x7f;
	return true;
}

static int on_child(sd_event_source *source, const struct signalfd_siginfo *si, void *context)
{
	struct attend *attend = context;
	const pid_t listener = attend->listener, launcher = attend->job.launcher;
	int status;

	(void)source, (void)si;
	if (has_ended(listener, &status)) {
		attend->events->on_listener_exit(attend, status);
		waitpid(listener, NULL, WNOHANG);
	}
	/* The end of the Listener may have been that of a sandbox that was prepared. */
	if (launcher == attend->job.launcher && has_ended(launcher, &status)) {
		attend->events->on_job_exit(attend, status);
		waitpid(launcher, NULL, WNOHANG);
	}
	return 0;
}

static int never(sd_event_source *source, uint64_t usec, void *context)
{
	(void)source, (void)usec, (void)context;
	return 0;
}

int attend_loop_begin(struct attend *attend, const struct attend_events *events)
{
	static const clockid_t clocks[] = {CLOCK_MONOTONIC, CLOCK_BOOTTIME};
	int r = sd_event_add_signal(attend->event, NULL, SIGCHLD, on_child, attend);

	attend->events = events;
	/* All timers of a clock share the descriptor that is made with the first. */
	for (size_t i = 0; r >= 0 && i < sizeof clocks / sizeof clocks[0]; i++) {
		sd_event_source *first = NULL;

		r = sd_event_add_time(attend->event, &first, clocks[i], UINT64_MAX, 0, never, NULL);
		sd_event_source_disable_unref(first);
	}
	return r;
}

int attend_turn(struct attend *attend)
{
	struct pollfd fds[] = {
		{.fd = sd_event_get_fd(attend->event), .events = POLLIN},
		{.fd = attend->pending, .events = POLLIN},
		{.fd = attend->watches_shim ? attend->job.shim : -1, .events = POLLIN},
		{.fd = attend->job.active ? attend->job.hold : -1, .events = POLLIN},
		{.fd = attend->visitors, .events = POLLIN},
	};
	int r = sd_event_prepare(attend->event);

	if (r < 0)
		return r;
	if (poll(fds, sizeof fds / sizeof fds[0], r > 0 ? 0 : -1) < 0 && errno != EINTR)
		return -errno;
	if (fds[1].revents != 0)
		attend->events->on_hello(attend);
	if (fds[2].revents != 0)
		attend->events->on_shim(attend);
	if (fds[3].revents != 0 && attend->job.hold == fds[3].fd)
		attend->events->on_hold(attend);
	if (fds[4].revents != 0 && attend->visitors == fds[4].fd)
		attend->events->on_visitor(attend);
	if (r == 0)
		r = sd_event_wait(attend->event, 0);
	return r > 0 ? sd_event_dispatch(attend->event) : r;
}

int attend_loop(struct attend *attend)
{
	int r = 0;

	while (r >= 0 && sd_event_get_state(attend->event) != SD_EVENT_FINISHED)
		r = attend_turn(attend);
	return r;
}
