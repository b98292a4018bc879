/* A launcher that is waited for: config.sh, probes. */
#include "common/cleanup.h"
#include "common/clock.h"
#include "runner/launcher.h"
#include "runner/lines.h"
#include "runner/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 200
#define KILL_LIMIT_NS (20 * NS_PER_S)

static void print(void *context, const char *line, size_t len)
{
	if (len > 0)
		log_relayed(context, line, len);
}

/* Asks it to end, then makes it. A second SIGTERM tells a launcher not to wait for its command. */
static void end(pid_t pid)
{
	int64_t limit = clock_monotonic_ns() + KILL_LIMIT_NS;
	struct timespec moment = {.tv_nsec = LOOK_MS * 1000000L};

	do {
		kill(pid, SIGTERM);
		nanosleep(&moment, NULL);
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return;
	} while (clock_monotonic_ns() < limit);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int launch_and_wait(
	struct launch *launch, const char *what, int64_t limit_ns, struct stop *stop, int *status, struct error *err)
{
	_cleanup_(close_fd) int from = -1;
	_cleanup_(close_fd) int to = -1;
	int64_t limit = clock_monotonic_ns() + limit_ns;
	struct lines lines = {0};
	int p[2];
	pid_t pid;

	if (pipe2(p, O_CLOEXEC) < 0)
		return error_set(err, errno, "pipe");
	from = p[0];
	to = p[1];
	launch->out = launch->err = to;
	if (launch_start(launch, &pid, err) < 0)
		return -1;
	close_fd(&to);
	for (;;) {
		struct pollfd ready = {.fd = from, .events = POLLIN};

		if (poll(&ready, 1, LOOK_MS) > 0 && lines_read(&lines, from, print, (void *)what) <= 0)
			break;
		if (stop_poll(stop) || clock_monotonic_ns() > limit) {
			end(pid);
			return error_set(err, stop->step >= stop->bound ? EINTR : ETIMEDOUT, "%s", what);
		}
	}
	/* End of file: nobody in the sandbox holds its output any more. */
	if (waitpid(pid, status, 0) < 0)
		return error_set(err, errno, "waitpid");
	return 0;
}
