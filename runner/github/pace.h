/* Paces the calls to GitHub of all slots together, and holds all back when one is told of a rate limit.
 *
 * Slots are processes, and GitHub counts what one credential asks for: the state lies in memory that they share. GitHub
 * takes 900 points a minute (a call that reads has one, another five), and about 80 new things. Who goes on asking
 * while it is limited may be shut out. docs.github.com/rest: rate limits for the REST API, best practices */
#pragma once

#include "common/error.h"

#include <stdatomic.h>
#include <stdint.h>

/* What a call takes of the time: what adds up to more than PACE_BURST_NS is spread. In no minute it is more than
 * GitHub takes. */
#define PACE_READ_NS (INT64_C(90) * 1000000)
#define PACE_CHANGE_NS (INT64_C(450) * 1000000)
#define PACE_CREATE_NS (INT64_C(1010) * 1000000)
#define PACE_BURST_NS (INT64_C(20) * 1000000000)

/* All zero at first. Times are of CLOCK_BOOTTIME, since GitHub's clock does not sleep; those of a caller, too. */
struct pace {
	_Atomic int64_t due_ns;    /* when all calls so far have had their time */
	_Atomic int64_t until_ns;  /* a rate limit holds until then */
	_Atomic int64_t struck_ns; /* when GitHub last named a limit without a time */
	_Atomic unsigned strikes;  /* how often in a row */
};

/* Makes the processes that are forked later share one. Called once, before the first fork(2). */
int pace_share(struct error *err);

/* What they share; before pace_share() and in a process without it, one of its own. */
struct pace *pace_shared(void);

int64_t pace_now_ns(void);

/* Takes the time for one call and returns 0; or returns how long to wait before asking again. */
int64_t pace_take(struct pace *pace, int64_t cost_ns, int64_t now_ns);

/* How long a rate limit still holds; 0: there is none. */
int64_t pace_held_ns(const struct pace *pace, int64_t now_ns);

/* A call was answered by a rate limit that lasts for `wait_ns`. When it is over, the calls come one by one. */
void pace_hold(struct pace *pace, int64_t wait_ns, int64_t now_ns);

/* A call sent at `sent_ns` was answered by a limit without a time. Returns how often that came before in a row; calls
 * of several slots that were under way together count once. */
unsigned pace_strike(struct pace *pace, int64_t sent_ns, int64_t now_ns);

/* A call sent at `sent_ns` was answered, and by no limit. */
void pace_well(struct pace *pace, int64_t sent_ns);
