/* Keeps mirrors that all of a user's sandboxes with root overlay share, since a mirror of /usr takes 0.2 s and 30 MiB
 * to make.
 *
 * They lie below $XDG_RUNTIME_DIR, which is the user's alone and ends with the session, in directories that are
 * numbered by generation. A generation is used as it is: where the host's directories have changed, the next one is
 * begun. A launcher holds a shared lock (flock(2)) on its generation while its job runs; one that nobody holds is
 * removed by who begins another. A job sees them only as the lower part of an overlay, which never writes there; and a
 * launch whose job can write them, by whatever name, has none.
 * Runs in: launcher, child
 */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

struct mirror_store {
	int lock;   /* of the generation */
	char *path; /* its directory, absolute; NULL: none, so that each layer has a mirror of its own */
	/* It has a mirror for every layer whose source there is, so that none has to be made: what appears later is not
	 * there. */
	bool complete;
};
#define MIRROR_STORE_NONE ((struct mirror_store){.lock = -1})

/* Finds a generation that is what the host has for the layers of `root`, or makes what is missing. Nothing here is
 * needed: where it fails, or another launcher is making mirrors at the moment, there is none. Waits for nobody. */
void mirror_store_open(const struct plan_root *root, struct mirror_store *store);
void mirror_store_close(struct mirror_store *store);

/* The mirror for the layer `mount` in the generation `path`; -1: it has none. */
int mirror_store_open_row(const char *path, const struct plan_mount *mount);
