#include "sandbox/suspend.h"

#include "common/cleanup.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* SIGSTOP takes effect on the way out of kill(2): what follows it runs when SIGCONT has come. */
static int on_stop(struct watch *watch, int fd, short revents, void *data, struct error *err)
{
	struct signalfd_siginfo info;

	(void)revents;
	(void)data;
	if (read(fd, &info, sizeof info) != (ssize_t)sizeof info)
		return error_set(err, errno, "signals: read");
	if (cgroup_freeze(watch->cgroup, true, err) < 0)
		return -1;
	kill(getpid(), SIGSTOP);
	return watch->held ? 0 : cgroup_freeze(watch->cgroup, false, err);
}

int suspend_watch(struct watch *watch, struct error *err)
{
	sigset_t stop;
	int fd;

	if (watch->cgroup->dirfd < 0)
		return 0;
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	fd = signalfd(-1, &stop, SFD_CLOEXEC);
	if (fd < 0)
		return error_set(err, errno, "signals: signalfd");
	return watch_add(watch, fd, POLLIN, on_stop, NULL, err);
}
