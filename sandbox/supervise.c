#include "sandbox/supervise.h"

#include "common/cleanup.h"
#include "sandbox/identity/caps.h"
#include "sandbox/process/signals.h"
#include "sandbox/start.h"
#include "sandbox/suspend.h"
#include "sandbox/verify/inspect.h"
#include "sandbox/verify/seen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ends the job: first SIGTERM, after the grace period SIGKILL; at once where it was being stopped already. `why` is
 * what the report says. */
static int stop(struct supervision *job, enum ended_by why, struct error *err)
{
	struct watch *watch = &job->watch;

	if (watch->stopping) {
		watch_kill(watch);
		return 0;
	}
	watch->stopping = true;
	watch->outcome->ended_by = why;
	watch_tell(watch, SIGTERM);
	return watch_arm(watch, job->plan->limits.grace_ns, err);
}

static int on_signal(struct watch *watch, int fd, short revents, void *data, struct error *err)
{
	struct supervision *job = data;
	struct signalfd_siginfo info;

	(void)revents;
	if (read(fd, &info, sizeof info) != (ssize_t)sizeof info)
		return error_set(err, errno, "signals: read");
	if (info.ssi_signo == SIGTSTP)
		return suspend(watch, job->terminal, &job->disk, signals_is_from_terminal(&info), err);
	if (terminal_signal(job->terminal, watch, (int)info.ssi_signo))
		return 0;
	if (start_is_awaited(job->plan, watch->received)) {
		start_signal(watch, (int)info.ssi_signo);
		return 0;
	}
	if (info.ssi_signo == SIGTERM)
		return stop(job, ENDED_BY_CANCEL, err);
	watch_tell(watch, (int)info.ssi_signo);
	return 0;
}

static int on_timer(struct watch *watch, int fd, short revents, void *data, struct error *err)
{
	struct supervision *job = data;
	const int gone_off = watch_timer(fd, err);

	(void)watch;
	(void)revents;
	if (gone_off < 0)
		return error_context(err, "time limit");
	return gone_off ? stop(job, ENDED_BY_TIMEOUT, err) : 0;
}

static void remember(struct received *received, const struct message *message)
{
	switch (message->kind) {
	case MESSAGE_WAITING: /* heard before the watch began */
	case MESSAGE_GO:      /* the launcher's own */
	case MESSAGE_STARTED: /* start_received() */
	case MESSAGE_PINNED:  /* dealt with where the descriptor is */
	case MESSAGE_TTY:     /* so is this */
	case MESSAGE_FILE:    /* and this */
	case MESSAGE_SCOPE:   /* and this */
		break;
	case MESSAGE_READY:
		received->pidns = message->pidns;
		break;
	case MESSAGE_SEEN:
		seen_add(&received->seen, &message->seen);
		if (message->value != 0)
			seen_filtered(inspect_before(), &received->seen);
		break;
	case MESSAGE_STARTING:
	case MESSAGE_LISTENER: /* notify_received() looks at these two again */
	case MESSAGE_UNEXPLAINED:
		received->starting = true;
		break;
	case MESSAGE_FAILED:
		if (!received->failed)
			received->failure = *message;
		received->failed = true;
		break;
	case MESSAGE_ENDED:
		if (!received->ended)
			received->end = (struct ended){message->code, message->value, message->killed};
		received->ended = true;
		break;
	}
}

static int keep(struct supervision *job, int what, int fd, struct error *err)
{
	struct watch *watch = &job->watch;

	if (what < 0 || what >= PINNED_COUNT || watch->pinned[what] >= 0) {
		close_fd(&fd);
		return 0;
	}
	watch->pinned[what] = fd;
	if (what != PINNED_USERNS || !disk_is_watched(&job->plan->root, job->plan->limits.disk) ||
		start_is_awaited(job->plan, watch->received))
		return 0;
	return disk_watch(&job->disk, watch, err);
}

static int on_message(struct watch *watch, int sock, short revents, void *data, struct error *err)
{
	struct supervision *job = data;
	_cleanup_(close_fd) int fd = -1;
	struct message message;
	int received;

	(void)revents;
	received = message_receive(sock, &message, &fd);
	if (received < 0)
		return error_set(err, errno, "supervise: receive");
	if (received == 0) {
		watch_remove(watch, sock); /* closed: PID 1 is about to be gone */
		return 0;
	}
	if (message.kind == MESSAGE_PINNED)
		return keep(job, message.value, take_fd(&fd), err);
	if (message.kind == MESSAGE_FILE && fd >= 0) {
		stdio_received(job->stdio, message.value, take_fd(&fd));
		return 0;
	}
	if (message.kind == MESSAGE_TTY && fd >= 0)
		return terminal_begin(&job->terminal, watch, plan_pty_fds(job->plan), take_fd(&fd), err);
	if (message.kind == MESSAGE_STARTED && start_received(job->plan, watch, &job->disk, err) < 0)
		return -1;
	remember(watch->received, &message);
	/* What is said from here on comes with the end of PID 1, and is read then: no need to wake up twice. Where
	 * denials are explained, the listener is still to come. */
	if (watch->received->starting && !start_is_awaited(job->plan, watch->received) &&
		((message.kind != MESSAGE_STARTING && message.kind != MESSAGE_SCOPE) || !plan_explains(job->plan)))
		watch_events(watch, sock, 0);
	if (message.kind == MESSAGE_ENDED)
		watch_remove(watch, sock); /* nobody says anything after it */
	if (message.kind == MESSAGE_SCOPE)
		refusal_begin(&job->scope, &message.scope, &watch->outcome->denials);
	return notify_received(&job->notify, watch, job->plan->policy, job->plan->explain_all ? &job->scope : NULL,
		&message, &fd, err);
}

int supervise_begin(struct supervision *job, struct error *err)
{
	struct watch *watch = &job->watch;
	sigset_t wanted;

	job->scope = (struct refusal_scope){.root = &job->plan->root,
		.identity = &job->plan->identity,
		.fds = &job->plan->fds,
		.landlock = job->plan->landlock.abi,
		.securebits = caps_securebits(job->plan->identity.capabilities)};
	signals_forwarded(&wanted);
	sigaddset(&wanted, SIGTSTP);
	watch->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	watch->signals = signalfd(-1, &wanted, SFD_CLOEXEC);
	if (watch->timer < 0 || watch->signals < 0)
		return error_set(err, errno, "supervise: timerfd or signalfd");
	/* The socket comes first: hear_the_rest() relies on it. */
	if (watch_add(watch, watch->sock, POLLIN, on_message, job, err) < 0 ||
		watch_add(watch, watch->signals, POLLIN, on_signal, job, err) < 0)
		return -1;
	return watch_add(watch, watch->timer, POLLIN, on_timer, job, err);
}

void supervise_end(struct supervision *job)
{
	struct watch *watch = &job->watch;

	notify_end(&job->notify);
	terminal_end(&job->terminal);
	/* The timer, the signals, the PID descriptor and the socket are nobody's any more, and end with the launcher.
	 */
	disk_watch_end(&job->disk);
	for (unsigned i = 0; i < PINNED_COUNT; i++)
		close_fd(&watch->pinned[i]);
}

/* What PID 1 and the command's process said before they ended, and nobody has read yet. */
static int hear_the_rest(struct supervision *job, struct error *err)
{
	const struct watch_source *sock = &job->watch.sources[0];
	struct pollfd more = {.events = POLLIN};

	while ((more.fd = sock->fd) >= 0 && poll(&more, 1, 0) > 0)
		if (on_message(&job->watch, sock->fd, more.revents, job, err) < 0)
			return -1;
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

int supervise(struct supervision *job, int prepared, struct error *err)
{
	struct watch *watch = &job->watch;
	struct error second; /* the first error is the one to tell */
	int result = prepared;

	if (result == 0 && !start_is_awaited(job->plan, watch->received))
		result = start_time_limit(job->plan, watch, err);
	if (result == 0)
		result = watch_loop(watch, err);
	if (result == 0)
		result = hear_the_rest(job, err);
	if (result < 0)
		watch_kill(watch);  /* we cannot watch it: it must not run */
	disk_watch_end(&job->disk); /* what it holds still goes with PID 1 */
	if (wait_for_init(watch->init, watch->outcome, result < 0 ? &second : err) < 0)
		return -1;
	if (result == 0)
		result = terminal_drain(job->terminal, watch, err);
	return result;
}
