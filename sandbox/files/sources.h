/* Names what is wrong with the sources of a mount table, once a launch has failed or instead of one.
 *
 * Only the names are looked at; whereabouts.h and the mounts themselves decide.
 * Runs in: launcher */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* The source of one row exists, and the workspace is a directory. As below. */
int sources_check_one(const struct plan_mount *mount, const char *workspace, struct error *err);

/* The row of the table right above which `mount` lies: its mount point is in what that row shows. NULL: in the root. */
const struct plan_mount *sources_around(const struct plan_root *root, const struct plan_mount *mount);

/* Every source exists, the workspace is a directory, and what is mounted below a read-only directory of the host exists
 * there. -1 with err, which names the option or the place in the profile, and a remedy. */
int sources_check(const struct plan_root *root, const char *workspace, struct error *err);
