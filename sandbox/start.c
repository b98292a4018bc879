#include "sandbox/start.h"

#include "common/clock.h"
#include "sandbox/process/fds.h"
#include "sandbox/verify/inspect.h"
#include "sandbox/watch/message.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int check(int fd, bool *is_pipe, struct error *err)
{
	const int flags = fcntl(fd, F_GETFL);
	struct stat st;

	if (flags < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, "file descriptor %d", fd);
	*is_pipe = S_ISFIFO(st.st_mode);
	if ((flags & O_PATH) != 0 || (!*is_pipe && !S_ISSOCK(st.st_mode)))
		return error_set(err, 0, "file descriptor %d: neither a pipe nor a socket", fd);
	if ((flags & O_ACCMODE) == O_WRONLY)
		return error_set(err, 0, "file descriptor %d: not open for reading", fd);
	return 0;
}

/* Without waiting for a writer, which is what O_NONBLOCK does here. False: it cannot be, as when it is another
 * user's. */
static bool open_again(int fd)
{
	char path[32];
	bool done;
	int again;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (again < 0)
		return false;
	done = fcntl(again, F_SETFL, O_RDONLY) == 0 && dup3(again, fd, O_CLOEXEC) == fd;
	close(again);
	return done;
}

int start_prepare(const struct plan *plan, struct error *err)
{
	const int fd = (int)plan->fds.start;
	bool is_pipe;

	if (fd == 0)
		return 0;
	if (check(fd, &is_pipe, err) < 0)
		return error_hint(err, FDS_START_HINT);
	if (is_pipe && open_again(fd))
		return 0;
	if ((fcntl(fd, F_GETFL) & O_NONBLOCK) == 0)
		return 0;
	error_set(err, 0, "file descriptor %d: non-blocking", fd);
	return error_hint(err, "--start-fd requires a blocking descriptor");
}

/* By read(2) and write(2): plan_resolve() has seen to it that the policy allows those. */
int start_wait(const struct plan *plan, int sock, struct error *err)
{
	static const struct message started = {.kind = MESSAGE_STARTED};
	const int fd = (int)plan->fds.start;
	char byte;
	ssize_t n;

	if (fd == 0)
		return 0;
	do
		n = read(fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_set(err, errno, "start: descriptor %d", fd);
	if (n == 0)
		return error_set(err, 0, "start: descriptor %d was closed and no byte came: nothing has run", fd);
	return write(sock, &started, sizeof started) < 0 ? error_set(err, errno, "start: notify the launcher") : 0;
}

int start_time_limit(const struct plan *plan, struct watch *watch, struct error *err)
{
	const int64_t ns = plan->limits.time_ns;

	if (ns == 0)
		return 0;
	if (watch_arm(watch, ns, err) < 0)
		return -1;
	return plan->report == NULL ? 0 : inspect_timer(watch->timer, &watch->received->seen, err);
}

int start_received(const struct plan *plan, struct watch *watch, struct disk_watch *disk, struct error *err)
{
	watch->received->going = true;
	watch->received->went_ns = clock_monotonic_ns();
	clock_gettime(CLOCK_REALTIME, &watch->outcome->start);
	if (watch->killed)
		return 0;
	/* Until now there was nobody to be counted. */
	if (disk_is_watched(&plan->root, plan->limits.disk) && disk_watch(disk, watch, err) < 0)
		return -1;
	return start_time_limit(plan, watch, err);
}

bool start_is_awaited(const struct plan *plan, const struct received *received)
{
	return plan->fds.start != 0 && !received->going;
}

void start_signal(struct watch *watch, int sig)
{
	if (sig != SIGTERM && sig != SIGINT && sig != SIGHUP && sig != SIGQUIT)
		return;
	watch->received->withdrawn = sig;
	watch->outcome->ended_by = ENDED_BY_CANCEL;
	watch_kill(watch);
}

int start_withdrawn(const struct received *received, struct error *err)
{
	return received->withdrawn != 0
		       ? error_set(err, 0, "start: SIG%s came before the byte: nothing has run",
				 sigabbrev_np(received->withdrawn))
		       : error_set(err, 0, "start: the sandbox was killed before the byte came: nothing has run");
}
