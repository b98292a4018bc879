/* The steps of a stop: SIGTERM, SIGINT and SIGHUP each advance by one step.
 *
 * SIGHUP counts unless it was ignored (nohup), or reads the pools again (--config). The signals stay blocked. The event
 * loop fetches them, or between blocking calls stop_poll() and stop_sleep(), so that no handler runs. */
#pragma once

#include "common/error.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

enum stop_step {
	STOP_NONE,
	STOP_DRAIN,  /* let the running job finish, then exit */
	STOP_CANCEL, /* cancel the job: its always() steps run */
	STOP_KILL,   /* kill the job */
};

/* Tells a slot that another distribution is current, or other settings of its pool. Not a step; blocked like them, and
 * left to the slot's event loop.
 */
#define STOP_ROLL_SIGNAL SIGVTALRM

struct stop {
	enum stop_step step;
	enum stop_step bound; /* this step and later ones interrupt waiting */
	bool hangup_reloads;  /* SIGHUP is no step, but sets `reload` */
	bool reload;
};

/* Returns the signal by which the supervisor tells its slots the step. Each step has a signal of its own, so that two
 * pending ones do not merge. Not sigqueue(3): its queue is per user, and a job could fill it (RLIMIT_SIGPENDING). */
int stop_signal(enum stop_step step);

/* Sets the signals that are a step. SIGCHLD is left to functions that wait for a child. */
void stop_signals(sigset_t *set);

/* Blocks these and SIGCHLD, ignores SIGPIPE. */
void stop_init(struct stop *stop);

/* Handles a signal that was fetched elsewhere. */
void stop_take(struct stop *stop, int signo);

/* Fetches pending signals. True if the step has reached `bound`. */
bool stop_poll(struct stop *stop);

/* Whether a signal is pending that the next stop_poll() or the event loop will fetch. Fetches nothing. */
bool stop_is_pending(void);

/* Sleeps for `ns` or until stop_poll() would be true. Returns whether it is. */
bool stop_sleep(struct stop *stop, int64_t ns);

/* The same, but SIGCHLD and any further step also end the sleep. */
bool stop_sleep_child(struct stop *stop, int64_t ns);

/* A descriptor that is readable while a signal of these, or SIGCHLD, is pending: signalfd(2). */
int stop_signalfd(struct error *err);

/* Sleeps for `ns`, or until one of the descriptors is ready, fds[0] being that of stop_signalfd(). Fetches all pending
 * signals. Returns whether the step has reached `bound`. */
bool stop_sleep_fds(struct stop *stop, struct pollfd *fds, size_t n, int64_t ns);
