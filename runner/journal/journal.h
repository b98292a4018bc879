/* The journal: what the runner's slots and jobs do and have done, in $STATE/journal.db.
 *
 * `cofferdam runner status`, `jobs`, `cost`, `top` and the metrics read it; nothing is decided by it. So these
 * functions return nothing: what cannot be written is logged, with what is missing, and the runner goes on. */
#pragma once

#include "runner/github/usage.h"
#include "runner/journal/keep.h"
#include "runner/state/state.h"
#include "runner/worker/subject.h"

#include <jansson.h>
#include <stdint.h>

enum journal_state {
	JOURNAL_STARTING, /* registers, or starts its Listener */
	JOURNAL_IDLE,     /* its Listener waits for a job */
	JOURNAL_BUSY,     /* runs a job */
	JOURNAL_HELD,     /* keeps the sandbox of a job that has failed */
	JOURNAL_DRAINING, /* will leave; may still run a job */
	JOURNAL_ENDED,
};

struct journal_start {
	unsigned slots;
	const char *listen; /* the address of the metrics, or NULL */
	struct journal_keep keep;
};

/* Called by a supervisor that holds the lock of the state directory, before its first slot. A damaged journal is moved
 * aside and a new one made. What an earlier supervisor left open was ended by its crash: it is noted as such. Removes
 * what is older than is to be kept. */
void journal_begin(const struct state *state, const struct journal_start *start);

/* Notes what was left open as ended by a crash, of one slot, or with 0 of all. */
void journal_crashed(const struct state *state, unsigned slot);

struct journal_pool {
	const char *name;
	unsigned min, max, warm; /* of its configuration */
	unsigned slots;          /* that it has now */
};

/* Notes the pools and how many slots they have. */
void journal_pools(const struct state *state, const struct journal_pool *pools, size_t n);

/* Notes what a slot does now. `runner` is its runner's name, or NULL. */
void journal_slot(
	const struct state *state, unsigned slot, const char *pool, const char *runner, enum journal_state what);

/* Notes that there is no such slot any more: its pool has gone, or become smaller. */
void journal_slot_removed(const struct state *state, unsigned slot);

struct journal_job {
	const char *id;
	unsigned slot;
	const char *pool;
	const char *runner;
	char *const *labels; /* of the runner; ends with NULL */
	const struct subject *subject;
	int64_t startup_ns;   /* from the Listener's hand-over to the start of the Worker */
	double rate;          /* of an hour; NAN: none is set */
	const char *currency; /* of the rate; or NULL */
	pid_t launcher;
	const char *cgroup; /* the path of its cgroup, or NULL */
};

/* Notes that a job has started, and that its slot is busy. */
void journal_job_started(const struct state *state, const struct journal_job *job);

/* Notes that a job has failed, and that its sandbox is kept for so long at most. */
void journal_job_held(const struct state *state, const char *id, int64_t for_ns);

struct journal_end {
	const char *id;
	const char *outcome, *ended_by, *reason; /* of struct verdict */
	const json_t *report;                    /* the launcher's, or NULL */
	int64_t run_ns;                          /* by a clock that nobody sets; the time of day may jump */
	int64_t teardown_ns;                     /* from the end of the launcher to the end of the removal */
	size_t residue;                          /* what the supervisor found; the report has the launcher's */
	unsigned orphans;
};

/* Notes that a job has ended, with its numbers from the report, and adds it to the sums. One that was held ended when
 * that began. */
void journal_job_ended(const struct state *state, const struct journal_end *end);

/* Adds what this process has asked of GitHub since the last time. */
void journal_requests(const struct state *state, const struct github_usage *usage);

/* What the states are called in the journal. */
const char *journal_state_name(enum journal_state what);
