/* Looks once a day whether GitHub has a newer distribution, and fetches it, in a process of its own.
 *
 * Only where the distribution is Cofferdam's own store (RUNNER_DIR is not set) and the credential may read GitHub's
 * list. A failure is logged once, and the next try is a day later. */
#pragma once

#include "runner/common/stop.h"
#include "runner/config/context.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct daily {
	struct supervisor *supervisor; /* not owned */
	bool applies;
	char *hurried;  /* the distribution that was refused and for which a process has looked already, or NULL */
	pid_t fetcher;  /* 0: none runs */
	time_t checked; /* the last try; 0: never */
};

/* Called once in the supervisor. When the list was last read, the store says. */
void daily_begin(struct daily *daily, struct supervisor *supervisor);

/* Called at every wake-up: attends to the process, and starts one if it is due. Returns the time until the next call is
 * due, or -1: at the next wake-up. */
int64_t daily_serve(struct daily *daily);

/* GitHub does not take the current distribution any more. True: a process looks for another one now, or is about to.
 * False: one has looked already, on account of this one. */
bool daily_hurry(struct daily *daily);

/* Ends the process, if there is one. What it has begun, the next one continues or removes. */
void daily_finish(struct daily *daily);

/* Seconds until the next look. A time in the future, of a clock that was set, counts as now. Pure. */
int64_t daily_left_s(time_t checked, time_t now);
