/* From the name of an image to the directory that a job has as its root, held for as long as it is used. */
#pragma once

#include "common/error.h"
#include "image/store.h"
#include "policy/plan.h"

/* Where the plan names an image (plan_root.image): sets plan_root.dir and plan_root.image_digest, and *held to a
 * descriptor with a shared lock on the tree, which is not removed while that is open; -1 where no image is named.
 * Changes nothing in the store. 0, or -1 with err: an unknown name, with those that there are. */
int image_use(struct plan_root *root, int *held, struct error *err);

/* The descriptor alone, of trees/TREE, and the tree's name. */
int image_hold(const struct image_store *store, const char *name, char tree[IMAGE_TREE_SIZE], struct error *err);
