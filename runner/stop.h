/* The steps of leaving. SIGTERM, SIGINT and SIGHUP each go one step further. They stay blocked all the time and are
 * fetched: by the event loop, or between the blocking calls by stop_poll() and stop_sleep(), so no handler ever runs.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

enum stop_step {
	STOP_NONE,
	STOP_DRAIN,  /* finish the running job, then leave */
	STOP_CANCEL, /* cancel it: its always() steps run */
	STOP_KILL,   /* now */
};

struct stop {
	enum stop_step step;
	enum stop_step bound; /* from this step on, waiting is interrupted */
};

/* How the parent tells its slots the step: a signal for each, so that two on their way at once do not become one. Not
 * by sigqueue(3): its queue is the user's, and a job could fill it (RLIMIT_SIGPENDING). */
int stop_signal(enum stop_step step);

/* Blocks the signals above and SIGCHLD, ignores SIGPIPE. */
void stop_init(struct stop *stop);

/* Takes one signal that was fetched elsewhere. */
void stop_take(struct stop *stop, int signo);

/* Fetches what is pending. True when the step is at `bound` or beyond it. */
bool stop_poll(struct stop *stop);

/* Sleeps `ns`, or until stop_poll() would say true, which it returns. */
bool stop_sleep(struct stop *stop, int64_t ns);

/* The same, but SIGCHLD or any further step ends the sleep early, too. */
bool stop_sleep_child(struct stop *stop, int64_t ns);
