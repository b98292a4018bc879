#include "sandbox/wait.h"

#include "common/cleanup.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

static int reap(pid_t pid, int *status, struct error *err)
{
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return error_set(err, errno, "waitpid");
	return 0;
}

/* Every signal is blocked in the launcher, so poll(2) is not interrupted. */
int wait_limited(pid_t pid, int64_t limit_ns, int *status, struct error *err)
{
	_cleanup_(close_fd) int pidfd = pidfd_open(pid, 0);
	struct pollfd ended = {.fd = pidfd, .events = POLLIN};
	int ready = pidfd < 0 ? -1 : poll(&ended, 1, (int)(limit_ns / 1000000));

	if (ready > 0)
		return reap(pid, status, err);
	if (ready < 0)
		error_set_text(err, errno, "pidfd_open or poll");
	else
		error_set_text(err, 0, "not done after %lld s", (long long)(limit_ns / 1000000000));
	kill(pid, SIGKILL);
	waitpid(pid, status, 0);
	return -1;
}
