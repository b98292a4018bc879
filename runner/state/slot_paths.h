/* Where a slot's own things are. */
#pragma once

#include "common/error.h"
#include "runner/state.h"

#include <jansson.h>
#include <stdint.h>

struct slot_paths {
	unsigned number;
	char id[32];  /* of its listener sandboxes: "slot-N-<random>", since other supervisors have a slot N too */
	char *root;   /* the Listener's root */
	char *socket; /* the directory with the socket */
};

/* Makes the directories, and a new id, which is noted in slots/N/id. The caller frees with slot_paths_free(), also
 * after failure. */
int slot_paths_make(struct slot_paths *paths, const struct state *state, unsigned number, struct error *err);
void slot_paths_free(struct slot_paths *paths);

/* Removes the directories and what is in them. What is left is told to the log: the next sweep finds it. */
void slot_paths_remove(const struct state *state, unsigned number);

/* Ends what a killed launcher has left of the slot's listener sandbox: the id is the one that was noted. */
void slot_paths_sweep(const struct state *state, unsigned number, json_t *residue);

/* Holds "slots/N.lock": a slot that is still dying keeps the next one, and the sweep, waiting. At most `limit_ns`.
 * The descriptor, or -1. */
int slot_lock(const struct state *state, unsigned number, int64_t limit_ns, struct error *err);
