/* An image being made: a directory in the store that nobody else touches while its maker lives. */
#pragma once

#include "common/error.h"
#include "image/store.h"

struct image_work {
	char *path; /* absolute */
	char *name; /* in new/ */
	int dirfd;  /* locked */
};

#define IMAGE_WORK_NONE ((struct image_work){.dirfd = -1})

/* With the store's lock held: makes it, with an empty root/. */
int image_work_begin(const struct image_store *store, struct image_work *work, struct error *err);

/* With the store's lock held: it becomes the tree of that name; where there is one already, which has the same content,
 * the work is left to image_work_end(). Written to disk before. */
int image_work_commit(const struct image_store *store, struct image_work *work, const char *tree, struct error *err);

/* Removes what was not committed. */
void image_work_end(const struct image_store *store, struct image_work *work);
