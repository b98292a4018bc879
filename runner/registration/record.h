/* registrations/KEY.json: the record of a runner that is or will be registered. Contains no secret.
 *
 * A record outlives its slot and a killed supervisor. It is removed only when the runner is known not to be registered,
 * so that no ghost is forgotten. */
#pragma once

#include "common/error.h"
#include "runner/common/random_id.h"
#include "runner/config/credentials.h"
#include "runner/state/state.h"

#include <stdbool.h>
#include <stdint.h>

struct record {
	char key[RANDOM_ID_LEN + 8]; /* "<slot>-<random>" */
	unsigned slot;
	int64_t id;                      /* GitHub's, or 0: a registration was begun with an unknown result */
	char name[256];                  /* the runner's */
	bool unique;                     /* the name has a random suffix: a runner with it is ours */
	char marker[RANDOM_ID_LEN + 24]; /* a label with a random suffix, for a name that others may have: a runner
					    with both is ours; "" for none */
	char entity[1024];
	char api[1024];
	enum credential credential; /* that registered the runner */
	bool begun;                 /* a call that registers the runner was sent, with an unknown result */
	int64_t asked_s;            /* the latest time of that call (CLOCK_REALTIME) */
	bool deleted;               /* in memory only: GitHub has carried out a DELETE of ours (HTTP 204) */
	int64_t deleted_ns;         /* in memory only: when that was known (CLOCK_MONOTONIC) */
};

/* Records, before the call, that a call which may register the runner is sent within `within_s` seconds. */
int record_begin(const struct state *state, struct record *record, int64_t within_s, struct error *err);

/* After the call, in `record` alone: sets when the last call with an unknown result was sent; 0: all results are known.
 */
void record_note(struct record *record, int64_t open_s);

/* Returns for how many nanoseconds an unanswered call may still register the runner, or 0. GitHub ends a request that
 * takes more than ten seconds, so that after some time a runner that is not listed will not be registered. */
int64_t record_open_ns(const struct record *record);

/* Writes the record to a temporary file and renames that over the old one. */
int record_write(const struct state *state, const struct record *record, struct error *err);

/* Reads "KEY.json" of a process that no longer sends anything. */
int record_read(const struct state *state, const char *file, struct record *record, struct error *err);

/* Removes the record. A missing record is no error. */
int record_remove(const struct state *state, const struct record *record, struct error *err);

/* Whether another record is of a runner with this name: one of ours from before a crash, which GitHub still has. */
bool record_has_namesake(const struct state *state, const struct record *record);
