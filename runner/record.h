/* registrations/KEY.json: a runner that is registered, or is about to be. It outlives its slot and a supervisor that
 * was killed, and goes only when the runner is known not to be registered: so no ghost is forgotten. Holds no secret.
 */
#pragma once

#include "common/error.h"
#include "runner/credentials.h"
#include "runner/random_id.h"
#include "runner/state.h"

#include <stdbool.h>
#include <stdint.h>

struct record {
	char key[RANDOM_ID_LEN + 8]; /* "<slot>-<random>" */
	unsigned slot;
	int64_t id;                      /* GitHub's, or 0: registration was begun, and nobody knows how it ended */
	char name[256];                  /* the runner's */
	bool unique;                     /* the name has a random end: who has it is ours */
	char marker[RANDOM_ID_LEN + 24]; /* a label with a random end, for a name that others may have: who has both
					    is ours; "" for none */
	char entity[1024];
	char api[1024];
	enum credential credential; /* that registered it */
	bool begun;                 /* a call that registers it was sent, and how that ended is not known */
	int64_t asked_s;            /* when it was, at the latest (CLOCK_REALTIME) */
};

/* Notes, before the call, that one is sent within so many seconds which may register the runner. */
int record_begin(const struct state *state, struct record *record, int64_t within_s, struct error *err);

/* After it, in `record` alone: when the last was sent of which it is not known how it ended; 0: of each it is. */
void record_settle(struct record *record, int64_t open_s);

/* Whether a call that was sent and not answered may still register the runner: GitHub ends a request that takes more
 * than ten seconds, so that from some time on, what it does not list there will not be. In nanoseconds; 0: no more. */
int64_t record_open_ns(const struct record *record);

/* Writes it beside the old one and then over it. */
int record_write(const struct state *state, const struct record *record, struct error *err);

/* Reads "KEY.json", which a process has left that sends nothing any more. */
int record_read(const struct state *state, const char *file, struct record *record, struct error *err);

/* Gone is gone: no error when there is none. */
int record_remove(const struct state *state, const struct record *record, struct error *err);
