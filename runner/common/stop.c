#include "runner/common/stop.h"

#include "common/clock.h"

#include <errno.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <time.h>

#define NS_PER_MS INT64_C(1000000)
#define POLL_MAX_MS 3600000

static const int signals[] = {[STOP_DRAIN] = SIGUSR1, [STOP_CANCEL] = SIGUSR2, [STOP_KILL] = SIGQUIT};

int stop_signal(enum stop_step step)
{
	return signals[step];
}

/* nohup(1): its user logs out, and the runner stays. */
static bool ignores_hangup(void)
{
	struct sigaction action;

	return sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/* An ignored signal that is blocked would be kept (signal(7)), and be fetched. */
void stop_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	if (!ignores_hangup())
		sigaddset(set, SIGHUP);
	for (int step = STOP_DRAIN; step <= STOP_KILL; step++)
		sigaddset(set, signals[step]);
}

static void stop_signals_and_child(sigset_t *set)
{
	stop_signals(set);
	sigaddset(set, SIGCHLD);
}

void stop_init(struct stop *stop)
{
	sigset_t set;

	stop_signals_and_child(&set);
	sigaddset(&set, STOP_ROLL_SIGNAL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* Who starts us in the background may have had some ignored. A program of ours would inherit that, and lose
	 * what is sent to it before it handles signals itself. */
	for (int signo = 1; signo < SIGRTMIN; signo++)
		if (sigismember(&set, signo) == 1)
			signal(signo, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	stop->step = STOP_NONE;
	stop->bound = STOP_DRAIN;
	stop->hangup_reloads = stop->reload = false;
}

void stop_take(struct stop *stop, int signo)
{
	for (int step = STOP_DRAIN; step <= STOP_KILL; step++)
		if (signo == signals[step]) {
			if (step > (int)stop->step)
				stop->step = (enum stop_step)step;
			return;
		}
	if (signo == SIGHUP && stop->hangup_reloads)
		stop->reload = true;
	else if (signo != SIGCHLD && stop->step < STOP_KILL)
		stop->step++;
}

/* One signal of `set` at most. False when there was none in time. */
static bool fetch(struct stop *stop, const sigset_t *set, int64_t ns, int *signo)
{
	struct timespec limit = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};

	*signo = sigtimedwait(set, NULL, &limit);
	if (*signo < 0)
		return errno == EINTR;
	stop_take(stop, *signo);
	return true;
}

bool stop_poll(struct stop *stop)
{
	sigset_t set;
	int signo;

	stop_signals(&set);
	while (fetch(stop, &set, 0, &signo))
		;
	return stop->step >= stop->bound;
}

bool stop_is_pending(void)
{
	sigset_t stops, pending, both;

	stop_signals(&stops);
	return sigpending(&pending) == 0 && sigandset(&both, &stops, &pending) == 0 && !sigisemptyset(&both);
}

bool stop_sleep(struct stop *stop, int64_t ns)
{
	int64_t end = clock_monotonic_ns() + ns, left;
	sigset_t set;
	int signo;

	stop_signals(&set);
	while (!stop_poll(stop) && (left = end - clock_monotonic_ns()) > 0)
		fetch(stop, &set, left, &signo);
	return stop->step >= stop->bound;
}

bool stop_sleep_child(struct stop *stop, int64_t ns)
{
	sigset_t set;
	int signo;

	stop_signals_and_child(&set);
	if (!stop_poll(stop) && ns > 0)
		fetch(stop, &set, ns, &signo);
	return stop->step >= stop->bound;
}

int stop_signalfd(struct error *err)
{
	sigset_t set;
	int fd;

	stop_signals_and_child(&set);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? error_set(err, errno, "signalfd") : fd;
}

bool stop_sleep_fds(struct stop *stop, struct pollfd *fds, size_t n, int64_t ns)
{
	const int64_t ms = (ns + NS_PER_MS - 1) / NS_PER_MS;
	sigset_t set;
	int signo;

	stop_signals_and_child(&set);
	if (!stop_poll(stop) && !stop->reload && ns > 0 && poll(fds, n, ms < POLL_MAX_MS ? (int)ms : POLL_MAX_MS) < 0)
		for (size_t i = 0; i < n; i++)
			fds[i].revents = 0;
	while (fetch(stop, &set, 0, &signo))
		;
	return stop->step >= stop->bound;
}
