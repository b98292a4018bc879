/* Keeps what sandboxes have in directories of the caller's from the job, where one of its mounts shows them: the
 * mirrors that they share (mirror_store.h), layers on disk (layer_dir.h), and the images that are roots
 * (image/store.h).
 *
 * What a job writes there would be part of the system of the next one, or of another. So the directory is made where it
 * is missing, and covered; and each directory on the way that the job could rename, to make one of its own there, is
 * made a mount point, which cannot be renamed: rename(2), EBUSY. Runs in: child */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/root/mask.h"

/* After all mounts of the table are attached below `rootfd`. -1 with err, also where something else than a directory
 * stands on the way, which the job could replace. */
int store_cover(const struct plan_root *root, struct mask *mask, int rootfd, struct error *err);
