/* The processes of the slots: started, restarted with a back-off, told to stop, moved to another distribution.
 * Implemented in slots.c, slots_reap.c, slots_stop.c, slots_drain.c, slots_roll.c and
 * slots_scale.c. */
#pragma once

#include "runner/config/context.h"
#include "runner/distribution/daily.h"
#include "runner/journal/journal.h"
#include "runner/scale.h"
#include "runner/state/slot_state.h"

#include <sys/types.h>

struct slot_process {
	bool is_used;        /* false: a free number, and all else is 0 */
	size_t pool;         /* its index in config.pools */
	pid_t pid;           /* 0: not running */
	bool sweeps;         /* it cleans up after the slot, which was killed; or will, once it can be started */
	int64_t start_at_ns; /* when not running: when to start it; 0: never again */
	int64_t started_ns;
	unsigned restarts; /* without a good run between them */
	unsigned forks;    /* that have failed in a row */
	bool is_old;       /* it runs with an earlier distribution than ours, or with earlier settings of its pool */
	bool is_outdated;  /* not running: GitHub takes its distribution no more, and another one is looked for */
	enum slot_state state;
	enum stop_step told;  /* of a drain by name: what it was told; it is not started again */
	int64_t cancel_at_ns; /* when its job is canceled; 0: never */
	bool leaves;          /* … and then its number is free */
	bool returns;         /* … and then it is started again: a reload came meanwhile */
	bool ended_badly;     /* the last time that it was drained */
};

struct control;

struct slots {
	struct supervisor *supervisor;
	struct slot_process process[CONFIG_SLOTS_MAX];
	enum stop_step sent; /* the step that the slots know of */
	int64_t kill_at_ns;  /* when what still cleans up is ended; 0: never */
	int code;
	struct daily daily;
	int closed;              /* a descriptor of the supervisor alone, which the slots close; or -1 */
	int64_t cancel_at_ns;    /* of a drain of all: when the jobs are canceled; 0: never */
	struct control *control; /* what a slot's process closes; not owned */
	int states;              /* where the slots' states come from */
	struct scale_spare spare[CONFIG_SLOTS_MAX];  /* of each pool */
	struct journal_pool noted[CONFIG_SLOTS_MAX]; /* what the journal knows of the pools */
	size_t n_noted;
	unsigned rolled;    /* the last slot that was told of another distribution */
	int64_t roll_at_ns; /* when the next one is */
};

/* Merges an exit code into slots->code: the worst wins. */
void slots_note_code(struct slots *slots, int code);

/* The pool of a slot that is used. */
const struct pool *slots_pool(const struct slots *slots, unsigned i);

/* Gives the pool another slot, with the lowest free number. There must be one. */
void slots_add(struct slots *slots, size_t pool);

/* Schedules the next runner of a slot whose ephemeral one has had its job. */
void slots_renew(struct slots *slots, unsigned i);

/* Starts the slot's process, or what cleans up after it, or tries again later. */
void slots_start(struct slots *slots, unsigned i);

/* Schedules a start after a failure, with back-off. False: it stays ended, for a reason that is said. */
bool slots_restart(struct slots *slots, unsigned i);

/* Starts what is due. Returns how long until the next is due, or -1: nothing runs and nothing will. */
int64_t slots_start_due(struct slots *slots);

/* Handles the processes that have ended. */
void slots_reap(struct slots *slots);

/* Tells the slots of the supervisor's stop step, if they do not know of it. */
void slots_stop(struct slots *slots);

/* Kills what still cleans up a while after STOP_KILL. */
void slots_end_sweeps(struct slots *slots);

/* The slot waits no longer for another distribution: none comes. */
void slots_end_wait(struct slots *slots, unsigned i);

/* The daily look for another distribution, and what becomes of it. Returns the time until the next call is due, or -1.
 */
int64_t slots_roll(struct slots *slots);

/* Tells the slot to finish its job and end. It is started again by slots_return(), or with `leaves` never. After
 * `deadline_ns`, unless that is < 0, its job is canceled. */
void slots_drain(struct slots *slots, unsigned i, int64_t deadline_ns, bool leaves);

/* Takes back a drain: the slot is started again, after its end. */
void slots_return(struct slots *slots, unsigned i);

/* Cancels the jobs whose deadline is over. Returns the time until the next deadline, or -1. */
int64_t slots_drain_due(struct slots *slots);

/* A slot that was to be drained has ended, with this exit code of its own. */
void slots_drained(struct slots *slots, unsigned i, int code);

/* Whether nothing of the slot runs, or is about to. */
bool slots_is_down(const struct slots *slots, unsigned i);

/* How many slots the pool has, without those that leave. */
unsigned slots_of_pool(const struct slots *slots, size_t pool);

/* Adds slots to the pools that need more, and drains those that have not been needed for a while. Returns the time
 * until that may be so, or -1. */
int64_t slots_scale(struct slots *slots);

/* Tells the journal how many slots the pools have, if that has changed. */
void slots_note_pools(struct slots *slots);

/* Takes in what the slots tell. */
void slots_read_states(struct slots *slots);

/* How many are in this state. */
unsigned slots_count(const struct slots *slots, enum slot_state state);
