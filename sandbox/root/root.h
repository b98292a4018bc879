/* Enters the new root: a directory that holds only mount points, or a layer. pivot_root(2).
 * Runs in: child */
#pragma once

#include "common/error.h"

#include <stdbool.h>

/* Where a new root lies until it is entered. */
#define ROOT_AT "/proc"

/* In the child, in its own mount namespace: stops propagation to and from the host. First of all. */
int root_isolate(struct error *err);

/* A fresh directory of the scratch file system for a root, as a detached mount. */
int root_fresh(int scratch, struct error *err);

/* Attaches a new root. Sources must have been opened before: it covers the host's /proc until root_enter(). */
int root_attach(int rootfd, struct error *err);

/* Makes the root of the namespace of it, read-only unless `writable`, and lets go of the host's with all that was
 * mounted there for the set-up. */
int root_enter(int rootfd, bool writable, struct error *err);
