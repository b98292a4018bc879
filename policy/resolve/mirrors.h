/* Decides where the mirrors of root overlay are shared, and what of the caller's no job may write. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* Sets plan->root.mirrors to a directory in the caller's $XDG_RUNTIME_DIR, which no job is shown; NULL without that
 * variable. Only root overlay uses it, and not where a mount of the job's leads there, nor with --changes, which
 * compares with a mirror of the sandbox's own: plan->root.shares_mirrors. Sets plan->root.images to where the
 * caller's images are, if the job is shown more than the system. `environment` may be NULL; the mount table is
 * complete. -1 only when memory ran out. */
int mirrors_resolve(struct plan *plan, char *const *environment, struct error *err);
