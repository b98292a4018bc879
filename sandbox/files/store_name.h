/* Finds the directory of the caller's images where a mount shows it by a name that is no link: a bind mount of the
 * host's.
 *
 * It is covered where the path of a mount leads to it, with symbolic links or without (sandbox/root/store_cover.h).
 * Only a launch whose job may write a directory of the host pays for this. Runs in: launcher */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* After whereabouts_resolve(). -1 with err where a writable mount is of the same directory as one on the way to the
 * images, and its path does not lead there. */
int store_name_check(const struct plan_root *root, struct error *err);
