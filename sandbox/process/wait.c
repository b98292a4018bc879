#include "sandbox/process/wait.h"

#include "common/cleanup.h"
#include "common/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILLED_NS (2 * NS_PER_S)
#define POLL_MOST_NS (60 * NS_PER_S) /* an int of milliseconds is soon full */

bool wait_ready(struct pollfd fds[], size_t n, int64_t deadline_ns)
{
	for (;;) {
		const int64_t left = deadline_ns - clock_monotonic_ns();
		int ready;

		if (left <= 0)
			return false;
		ready = poll(
			fds, n, left < POLL_MOST_NS ? (int)(left / NS_PER_MS) + 1 : (int)(POLL_MOST_NS / NS_PER_MS));
		if (ready != 0 && (ready > 0 || errno != EINTR))
			return ready > 0;
	}
}

int wait_unless_ended(int fd, short events, int64_t limit_ns, struct error *err)
{
	static const int ending[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
	_cleanup_(close_fd) int signals = -1;
	struct pollfd fds[2] = {{.fd = fd, .events = events}, {.events = POLLIN}};
	int64_t deadline_ns;
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++)
		sigaddset(&set, ending[i]);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals < 0)
		return error_set(err, errno, "signalfd");
	fds[1].fd = signals;
	if (__builtin_add_overflow(clock_monotonic_ns(), limit_ns, &deadline_ns))
		deadline_ns = INT64_MAX;
	if (!wait_ready(fds, 2, deadline_ns))
		return error_late(err, "not done in time");
	if (fds[0].revents != 0)
		return 0;
	sigpending(&set);
	for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++)
		if (sigismember(&set, ending[i]) == 1)
			return ending[i];
	return error_set(err, 0, "a signal came, and is not pending");
}

int wait_reap(pid_t pid, int *status, struct error *err)
{
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return error_set(err, errno, "waitpid: process %d", pid);
	return 0;
}

void wait_killed(pid_t pid)
{
	_cleanup_(close_fd) int pidfd = pidfd_open(pid, 0);
	struct pollfd ended = {.fd = pidfd, .events = POLLIN};
	struct error ignored; /* there is no such child: nothing is left of it */

	kill(pid, SIGKILL);
	if (pidfd < 0 || wait_ready(&ended, 1, clock_monotonic_ns() + KILLED_NS))
		wait_reap(pid, NULL, &ignored);
}

int wait_limited(pid_t pid, int64_t limit_ns, int *status, struct error *err)
{
	_cleanup_(close_fd) int pidfd = pidfd_open(pid, 0);
	struct pollfd ended = {.fd = pidfd, .events = POLLIN};

	if (pidfd < 0)
		error_set_text(err, errno, "pidfd_open");
	else if (wait_ready(&ended, 1, clock_monotonic_ns() + limit_ns))
		return wait_reap(pid, status, err);
	else
		error_set_text(err, 0, "not done after %lld s", (long long)(limit_ns / NS_PER_S));
	wait_killed(pid);
	return -1;
}

int wait_for_word(pid_t pid, int fd, void *word, size_t size, int64_t limit_ns, int64_t grace_ns, struct error *err)
{
	struct pollfd said = {.fd = fd, .events = POLLIN};
	const int sig = wait_unless_ended(fd, POLLIN, limit_ns, err);

	if (sig > 0 && !wait_ready(&said, 1, clock_monotonic_ns() + (grace_ns < limit_ns ? grace_ns : limit_ns)))
		error_set_text(err, 0, "SIG%s came", sigabbrev_np(sig));
	else if (sig >= 0 && read(fd, word, size) != (ssize_t)size)
		error_set_text(err, 0, "the process has ended");
	else if (sig >= 0)
		return wait_reap(pid, NULL, err);
	wait_killed(pid);
	return -1;
}
