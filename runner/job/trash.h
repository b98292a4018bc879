/* Files of finished jobs that are removed in the background, from trash/ of the state directory.
 *
 * They are too many to be removed while a slot waits. One process removes them while the next jobs run. At most one
 * job's files wait for each slot, so that trash/ never holds more than each slot could store once; at a stop, for each
 * of its steps, those of one job more. */
#pragma once

#include "common/error.h"
#include "runner/common/stop.h"
#include "runner/config/secrets.h"
#include "runner/state/state.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct trash {
	struct credentials *credentials;     /* NULL, or secrets that the removing process does not use and drops */
	struct administrator *administrator; /* likewise */
	pid_t remover;                       /* the process that removes; 0: none */
	int64_t again_at_ns;                 /* the next try, after a failure */
};

/* Called in the supervisor at every wake-up: attends to the removing process, and starts one if there is something to
 * remove. Returns the time until the next call is due, or -1: at the next wake-up. */
int64_t trash_serve(struct trash *trash, const struct state *state);

/* Called at the end: waits for the removal until `limit_ns` is over or `stop` has reached its bound, and logs what is
 * left for the next start. True if nothing is left. */
#define TRASH_LIMIT_NS (INT64_C(120) * 1000000000)
bool trash_finish(struct trash *trash, const struct state *state, struct stop *stop, int64_t limit_ns);
