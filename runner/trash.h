/* Files of jobs that are too many to be removed while a slot waits: set aside in trash/ of the state directory, and
 * removed by one process beside the next jobs. At most one job's for each slot: so what waits there is never more than
 * each slot could store once. */
#pragma once

#include "common/error.h"
#include "runner/state.h"
#include "runner/stop.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Moves jobs/ID to trash/ID, at once however much is in it. False when the slot of this job
 * has something there already, or it cannot be moved: then it is to be removed where it is. */
bool trash_put(const struct state *state, const char *id);

struct trash {
	pid_t remover;       /* 0: none */
	int64_t again_at_ns; /* after a failure */
};

/* In the supervisor, whenever it wakes up: looks after the process that removes, starts one where there is something to
 * remove. How long until it wants to be asked again, or -1: not before it is woken up. */
int64_t trash_serve(struct trash *trash, const struct state *state);

/* At the end: gives it time until `limit_ns` is over or `stop` has reached its bound; says what is left for the next
 * start. True when that is nothing. */
#define TRASH_LIMIT_NS (INT64_C(120) * 1000000000)
bool trash_finish(struct trash *trash, const struct state *state, struct stop *stop, int64_t limit_ns);
