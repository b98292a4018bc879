#include "sandbox/supervise.h"

#include "common/cleanup.h"
#include "sandbox/disk.h"
#include "sandbox/look.h"
#include "sandbox/notify.h"
#include "sandbox/signals.h"
#include "sandbox/start.h"
#include "sandbox/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
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

static int arm(int timer, int64_t ns, struct error *err)
{
	struct itimerspec when = {.it_value = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000}};

	if (ns == 0)
		when.it_value.tv_nsec = 1; /* 0 would disarm */
	if (timerfd_settime(timer, 0, &when, NULL) < 0)
		return error_set(err, errno, "time limit: timerfd_settime");
	return 0;
}

int watch_limit(struct watch *watch, struct error *err)
{
	const int64_t ns = watch->plan->limits.time_ns;

	if (ns == 0)
		return 0;
	if (arm(watch->timer, ns, err) < 0)
		return -1;
	return watch->plan->report == NULL ? 0 : look_at_timer(watch->plan, watch->timer, &watch->told->seen, err);
}

/* By its number, which nobody else can have before we have waited for it. */
static void tell(const struct watch *watch, int sig)
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
	tell(watch, SIGKILL);
}

/* Ends the job: first SIGTERM, after the grace period SIGKILL; at once where it was being stopped already. `why` is
 * what the report says. */
static int stop(struct watch *watch, enum ended_by why, struct error *err)
{
	if (watch->stopping) {
		watch_kill(watch);
		return 0;
	}
	watch->stopping = true;
	watch->outcome->ended_by = why;
	tell(watch, SIGTERM);
	return arm(watch->timer, watch->plan->limits.grace_ns, err);
}

static int on_signal(struct watch *watch, int fd, short revents, void *data, struct error *err)
{
	struct signalfd_siginfo info;

	(void)revents;
	(void)data;
	if (read(fd, &info, sizeof info) != (ssize_t)sizeof info)
		return error_set(err, errno, "signals: read");
	if (terminal_signal(watch, (int)info.ssi_signo))
		return 0;
	if (start_is_awaited(watch->plan, watch->told)) {
		start_signal(watch, (int)info.ssi_signo);
		return 0;
	}
	if (info.ssi_signo == SIGTERM)
		return stop(watch, ENDED_BY_CANCEL, err);
	tell(watch, (int)info.ssi_signo);
	return 0;
}

static int on_timer(struct watch *watch, int fd, short revents, void *data, struct error *err)
{
	uint64_t expirations;

	(void)revents;
	(void)data;
	if (read(fd, &expirations, sizeof expirations) < 0)
		return error_set(err, errno, "time limit: read");
	return stop(watch, ENDED_BY_TIMEOUT, err);
}

static void remember(const struct plan *plan, struct told *told, const struct message *message)
{
	switch (message->kind) {
	case MESSAGE_WAITING: /* heard before the watch began */
	case MESSAGE_GO:      /* the launcher's own */
	case MESSAGE_STARTED: /* start_told() */
	case MESSAGE_KEPT:    /* dealt with where the descriptor is */
	case MESSAGE_TTY:     /* so is this */
	case MESSAGE_FILE:    /* and this */
		break;
	case MESSAGE_READY:
		told->pidns = message->pidns;
		break;
	case MESSAGE_SEEN:
		seen_add(&told->seen, &message->seen);
		if (message->value != 0)
			seen_filtered(plan, look_before(), &told->seen);
		break;
	case MESSAGE_STARTING:
	case MESSAGE_LISTENER: /* notify_told() looks at these two again */
	case MESSAGE_UNEXPLAINED:
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

static int keep(struct watch *watch, int what, int fd, struct error *err)
{
	if (what < 0 || what >= KEPT_COUNT || watch->kept[what] >= 0) {
		close_fd(&fd);
		return 0;
	}
	watch->kept[what] = fd;
	if (what != KEPT_USERNS || !disk_is_watched(watch->plan) || start_is_awaited(watch->plan, watch->told))
		return 0;
	return disk_watch(watch, err);
}

static int on_message(struct watch *watch, int sock, short revents, void *data, struct error *err)
{
	_cleanup_(close_fd) int fd = -1;
	struct message message;
	int received;

	(void)revents;
	(void)data;
	received = message_receive(sock, &message, &fd);
	if (received < 0)
		return error_set(err, errno, "supervise: receive");
	if (received == 0) {
		watch_remove(watch, sock); /* closed: PID 1 is about to be gone */
		return 0;
	}
	if (message.kind == MESSAGE_KEPT)
		return keep(watch, message.value, take_fd(&fd), err);
	if (message.kind == MESSAGE_FILE && fd >= 0) {
		stdio_told(watch->stdio, message.value, take_fd(&fd));
		return 0;
	}
	if (message.kind == MESSAGE_TTY && fd >= 0)
		return terminal_begin(watch, take_fd(&fd), err);
	if (message.kind == MESSAGE_STARTED && start_told(watch, err) < 0)
		return -1;
	remember(watch->plan, watch->told, &message);
	/* What is said from here on comes with the end of PID 1, and is read then: no need to wake up twice. Where
	 * denials are explained, the listener is still to come. */
	if (watch->told->starting && !start_is_awaited(watch->plan, watch->told) &&
		(message.kind != MESSAGE_STARTING || !plan_explains(watch->plan)))
		watch_events(watch, sock, 0);
	if (message.kind == MESSAGE_ENDED)
		watch_remove(watch, sock); /* nobody says anything after it */
	return notify_told(watch, &message, &fd, err);
}

int watch_begin(struct watch *watch, struct error *err)
{
	sigset_t wanted;

	signals_forwarded(&wanted);
	watch->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	watch->signals = signalfd(-1, &wanted, SFD_CLOEXEC);
	if (watch->timer < 0 || watch->signals < 0)
		return error_set(err, errno, "supervise: timerfd or signalfd");
	/* The socket comes first: hear_the_rest() relies on it. */
	if (watch_add(watch, watch->sock, POLLIN, on_message, NULL, err) < 0 ||
		watch_add(watch, watch->signals, POLLIN, on_signal, NULL, err) < 0)
		return -1;
	return watch_add(watch, watch->timer, POLLIN, on_timer, NULL, err);
}

void watch_end(struct watch *watch)
{
	notify_end(&watch->notify);
	terminal_end(&watch->terminal);
	close_fd(&watch->timer);
	close_fd(&watch->signals);
	close_fd(&watch->pidfd);
	close_fd(&watch->sock);
	close_fd(&watch->disk_pipe);
	if (watch->disk_watcher > 0) {
		kill(watch->disk_watcher, SIGKILL);
		while (waitpid(watch->disk_watcher, NULL, 0) < 0 && errno == EINTR)
			;
	}
	for (unsigned i = 0; i < KEPT_COUNT; i++)
		close_fd(&watch->kept[i]);
}

/* What PID 1 and the command's process said before they ended, and nobody has read yet. */
static int hear_the_rest(struct watch *watch, struct error *err)
{
	const struct watch_source *sock = &watch->sources[0];
	struct pollfd more = {.events = POLLIN};

	while ((more.fd = sock->fd) >= 0 && poll(&more, 1, 0) > 0)
		if (on_message(watch, sock->fd, more.revents, NULL, err) < 0)
			return -1;
	return 0;
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
	return *over ? hear_the_rest(watch, err) : 0;
}

static int loop(struct watch *watch, struct error *err)
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

static int wait_for_init(pid_t init, struct outcome *outcome, struct error *err)
{
	struct rusage usage;
	int status;

	while (wait4(init, &status, 0, &usage) < 0)
		if (errno != EINTR)
			return error_set(err, errno, "supervise: wait for PID 1");
	outcome->cpu_usec = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
			    (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	outcome->memory_peak = (uint64_t)usage.ru_maxrss * 1024;
	outcome->memory_peak_is_rss = true;
	return 0;
}

int supervise(struct watch *watch, int prepared, struct error *err)
{
	struct error second; /* the first error is the one to tell */
	int result = prepared;

	if (result == 0 && !start_is_awaited(watch->plan, watch->told))
		result = watch_limit(watch, err);
	if (result == 0)
		result = loop(watch, err);
	if (result < 0)
		watch_kill(watch); /* we cannot watch it: it must not run */
	if (wait_for_init(watch->init, watch->outcome, result < 0 ? &second : err) < 0)
		return -1;
	if (result == 0)
		result = terminal_drain(watch, err);
	return result;
}
