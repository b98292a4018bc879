/* Removes what nobody uses: trees without a name, and what killed processes have left. */
#pragma once

#include "common/error.h"
#include "image/store.h"

/* With the store's lock held: moves to the trash what is in new/ and has no maker, and the trees that no name leads to
 * and nobody holds. What cannot be moved is left for the next time. -1 with err: a name cannot be read, so that no tree
 * is known to be without one: all stay. */
int image_collect(const struct image_store *store, struct error *err);

/* Without the lock: removes what is in the trash, each entry held by an exclusive lock (flock(2)) meanwhile. What
 * another process removes is left to it; what cannot be removed is said, and left. */
void image_empty_trash(const struct image_store *store);

/* Moves an entry of the store's directory `part` to the trash, and removes it. */
void image_discard(const struct image_store *store, const char *part, const char *name);
