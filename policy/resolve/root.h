/* Resolves the mount table that the choice of a root implies. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* Rewrites the rows that show a directory of the host's system at its own place, read-only, unless an option of the
 * command line asked for them: with root overlay each becomes a layer, and the databases of the package manager come
 * along; with root DIR they are dropped, since the image has its own, and so are the rows of shipped profiles that hide
 * the host's secrets. Refuses --changes where there is no layer. Run before the workspace is added. */
int root_resolve(struct plan *plan, struct error *err);
