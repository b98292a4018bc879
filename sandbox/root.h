/* The new root: a small tmpfs that holds nothing but mount points. pivot_root(2). */
#pragma once

#include "common/error.h"

/* In the child, in its own mount namespace: stops propagation to and from the host, attaches a fresh tmpfs and returns
 * its root. Sources must have been opened before: the tmpfs covers the host's /proc until root_enter(). */
int root_create(struct error *err);

/* Makes the root read-only, makes it the root of the namespace and lets go of the host's. */
int root_enter(int rootfd, struct error *err);
