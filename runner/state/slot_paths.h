/* The paths and the lock of a slot. */
#pragma once

#include "common/error.h"
#include "runner/state/state.h"

#include <jansson.h>
#include <stdint.h>

struct slot_paths {
	unsigned number;
	char id[32];  /* of the listener sandboxes: "slot-N-<random>", since other supervisors have a slot N too */
	char *root;   /* the Listener's root */
	char *socket; /* the directory with the socket */
};

/* Creates the directories and a new id, which is written to slots/N/id. The caller calls slot_paths_free(), also after
 * a failure. */
int slot_paths_make(struct slot_paths *paths, const struct state *state, unsigned number, struct error *err);
void slot_paths_free(struct slot_paths *paths);

/* Removes the directories with their contents, and the cgroup of the id that was noted. Logs what is left; the next
 * sweep finds it. */
void slot_paths_remove(const struct state *state, unsigned number);

/* Ends the leftovers of the slot's listener sandbox after its launcher was killed, by the id in slots/N/id. */
void slot_paths_sweep(const struct state *state, unsigned number, json_t *residue);

/* Takes "slots/N.lock", so that the next slot and the sweep wait for a slot that is still ending. Waits at most
 * `limit_ns`. Returns the descriptor, or -1. */
int slot_lock(const struct state *state, unsigned number, int64_t limit_ns, struct error *err);
