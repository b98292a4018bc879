#include "runner/stop.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)

void stop_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGCHLD);
	sigaddset(set, STOP_SIGNAL);
}

void stop_init(struct stop *stop)
{
	sigset_t set;

	stop_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	stop->step = STOP_NONE;
	stop->bound = STOP_DRAIN;
}

void stop_take(struct stop *stop, int signo, int value)
{
	enum stop_step step = stop->step;

	if (signo == STOP_SIGNAL)
		step = value > (int)STOP_KILL ? STOP_KILL : (enum stop_step)value;
	else if (signo != SIGCHLD && step < STOP_KILL)
		step++;
	if (step > stop->step)
		stop->step = step;
}

/* One signal of `set` at most. False when there was none in time. */
static bool fetch(struct stop *stop, const sigset_t *set, int64_t ns, int *signo)
{
	struct timespec limit = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
	siginfo_t info;

	*signo = sigtimedwait(set, &info, &limit);
	if (*signo < 0)
		return errno == EINTR;
	stop_take(stop, *signo, info.si_code == SI_QUEUE ? info.si_value.sival_int : 0);
	return true;
}

/* SIGCHLD is left to those who wait for a child. */
static void stop_signals_only(sigset_t *set)
{
	stop_signals(set);
	sigdelset(set, SIGCHLD);
}

bool stop_poll(struct stop *stop)
{
	sigset_t set;
	int signo;

	stop_signals_only(&set);
	while (fetch(stop, &set, 0, &signo))
		;
	return stop->step >= stop->bound;
}

bool stop_sleep(struct stop *stop, int64_t ns)
{
	int64_t end = monotonic_ns() + ns, left;
	sigset_t set;
	int signo;

	stop_signals_only(&set);
	while (!stop_poll(stop) && (left = end - monotonic_ns()) > 0)
		fetch(stop, &set, left, &signo);
	return stop->step >= stop->bound;
}

bool stop_sleep_child(struct stop *stop, int64_t ns)
{
	sigset_t set;
	int signo;

	stop_signals(&set);
	if (!stop_poll(stop) && ns > 0)
		fetch(stop, &set, ns, &signo);
	return stop->step >= stop->bound;
}

int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}
