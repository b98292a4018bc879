#include "sandbox/watch/watch.h"

#include "sandbox/cgroup/cgroup.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/timerfd.h>
#include <unistd.h>

int watch_add(struct watch *watch, int fd, short events, watch_fn *ready, void *data, struct error *err)
{
	if (watch->n_sources >= WATCH_SOURCES_MAX)
		return error_set(err, ENOSPC, "supervise: too many descriptors to watch");
	watch->sources[watch->n_sources++] =
		(struct watch_source){.fd = fd, .events = events, .ready = ready, .data = data};
	return 0;
}

void watch_events(struct watch *watch, int fd, short events)
{
	for (unsigned i = 0; fd >= 0 && i < watch->n_sources; i++)
		if (watch->sources[i].fd == fd)
			watch->sources[i].events = events;
}

void watch_remove(struct watch *watch, int fd)
{
	for (unsigned i = 0; i < watch->n_sources; i++)
		if (watch->sources[i].fd == fd)
			watch->sources[i].fd = -1;
}

int watch_arm(struct watch *watch, int64_t ns, struct error *err)
{
	struct itimerspec when = {.it_value = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000}};

	if (ns == 0)
		when.it_value.tv_nsec = 1; /* 0 would disarm */
	if (timerfd_settime(watch->timer, 0, &when, NULL) < 0)
		return error_set(err, errno, "time limit: timerfd_settime");
	return 0;
}

int watch_timer(int timer, struct error *err)
{
	uint64_t expirations;

	if (read(timer, &expirations, sizeof expirations) > 0)
		return 1;
	return errno == EAGAIN ? 0 : error_set(err, errno, "read");
}

/* By its number, which nobody else can have before we have waited for it. */
void watch_tell(const struct watch *watch, int sig)
{
	kill(watch->init, sig);
}

/* PID 1's death is the death of all; cgroup.kill also reaches what a bug of ours might have left outside of it. */
void watch_kill(struct watch *watch)
{
	struct error ignored; /* PID 1 is killed in any case, and what is left is looked for at the end */
	uint64_t members;     /* the command and PID 1 among them: not what was left behind */

	if (watch->killed)
		return;
	watch->killed = true;
	if (watch->cgroup->dirfd >= 0)
		cgroup_kill(watch->cgroup, &members, &ignored);
	watch_tell(watch, SIGKILL);
}

/* Serves what is ready. */
static int serve(struct watch *watch, const struct pollfd *fds, unsigned n, bool *over, struct error *err)
{
	for (unsigned i = 0; i < n; i++) {
		const struct watch_source source = watch->sources[i];

		if (fds[i].revents == 0 || source.fd != fds[i].fd)
			continue;
		if (source.ready(watch, source.fd, fds[i].revents, source.data, err) < 0)
			return -1;
		if (i == 0)
			return 0; /* what it has said may change what is to be asked */
	}
	*over = fds[n].revents != 0;
	return 0;
}

int watch_loop(struct watch *watch, struct error *err)
{
	bool over = false;

	while (!over) {
		struct pollfd fds[WATCH_SOURCES_MAX + 1];
		const unsigned n = watch->n_sources;

		for (unsigned i = 0; i < n; i++) {
			const struct watch_source *source = &watch->sources[i];

			fds[i] = (struct pollfd){.fd = source->events != 0 ? source->fd : -1, .events = source->events};
		}
		fds[n] = (struct pollfd){.fd = watch->pidfd, .events = POLLIN};
		if (poll(fds, n + 1, -1) < 0) {
			if (errno == EINTR)
				continue;
			return error_set(err, errno, "supervise: poll");
		}
		if (serve(watch, fds, n, &over, err) < 0)
			return -1;
	}
	return 0;
}
