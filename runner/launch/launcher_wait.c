/* Runs a launcher and waits for it: config.sh, checks. */
#include "common/cleanup.h"
#include "common/clock.h"
#include "runner/common/lines.h"
#include "runner/common/log.h"
#include "runner/common/process.h"
#include "runner/launch/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#define POLL_NS (NS_PER_S / 5)

static void print(void *context, const char *line, size_t len)
{
	if (len > 0)
		log_relayed(context, line, len);
}

/* Asks it to end, then makes it. A second SIGTERM tells a launcher not to wait for its command. */
static int end(pid_t pid, const char *what, struct error *err)
{
	int64_t limit = clock_monotonic_ns() + PROCESS_KILL_LIMIT_NS;

	do {
		kill(pid, SIGTERM);
		if (process_reap(pid, NULL, POLL_NS))
			return 0;
	} while (clock_monotonic_ns() < limit);
	kill(pid, SIGKILL);
	if (process_reap(pid, NULL, PROCESS_KILL_LIMIT_NS))
		return 0;
	return error_set(err, 0, "%s: its launcher, process %d, does not end", what, pid);
}

/* Until the output's end, which comes when nobody in the sandbox holds it any more; then until the launcher's. */
static int follow(
	struct launch *launch, const char *what, int from, pid_t pid, int64_t limit, struct stop *stop, int *status)
{
	lines_each *each = launch->each != NULL ? launch->each : print;
	void *context = launch->each != NULL ? launch->context : (void *)what;
	int64_t stopped = 0;
	struct lines lines = {0};
	bool open = true;

	for (;;) {
		struct pollfd ready = {.fd = from, .events = POLLIN};
		int64_t now;

		if (!open && process_reap(pid, status, POLL_NS))
			return 0;
		if (open && poll(&ready, 1, (int)(POLL_NS / 1000000)) > 0)
			open = lines_read(&lines, from, each, context) > 0;
		now = clock_monotonic_ns();
		if (now > limit)
			return ETIMEDOUT;
		if (stop_poll(stop) && stopped == 0)
			stopped = now;
		if (stopped != 0 && (stop->step > stop->bound || now - stopped >= launch->finish_ns))
			return EINTR;
	}
}

int launch_and_wait(
	struct launch *launch, const char *what, int64_t limit_ns, struct stop *stop, int *status, struct error *err)
{
	_cleanup_(close_fd) int from = -1;
	_cleanup_(close_fd) int to = -1;
	int p[2], why;
	pid_t pid;

	if (pipe2(p, O_CLOEXEC) < 0)
		return error_set(err, errno, "pipe");
	from = p[0];
	to = p[1];
	launch->out = launch->err = to;
	if (launch_start(launch, &pid, err) < 0)
		return -1;
	close_fd(&to);
	why = follow(launch, what, from, pid, clock_monotonic_ns() + limit_ns, stop, status);
	if (why == 0)
		return 0;
	return end(pid, what, err) < 0 ? -1 : error_set(err, why, "%s", what);
}
