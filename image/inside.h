/* Work on the files of an image, whose owners only a job has. */
#pragma once

#include "common/error.h"
#include "image/manifest.h"
#include "policy/idmap.h"

#include <stdbool.h>

/* Whose ids the files of an image have. */
enum image_ids {
	IMAGE_IDS_SUBUID, /* those of a job with identity subuid: a root and 65535 others */
	IMAGE_IDS_SINGLE, /* the caller's alone */
};

/* Which ids a new image can have here. `reason` says why not IMAGE_IDS_SUBUID. */
enum image_ids image_ids_here(struct error *reason);

const char *image_ids_name(enum image_ids ids);

/* Of a tree's name. */
enum image_ids image_ids_of_tree(const char *tree);

/* image_manifest_walk(), as the root of a job where `ids` says so: then `each` is called in another process, and what
 * it changes in memory is lost; it, and `done` after the last line, may write to descriptors. `done` may be NULL. */
int image_walk_inside(enum image_ids ids, int rootfd, const struct image_size *most, image_manifest_line *each,
	int (*done)(void *context, struct error *err), void *context, struct image_size *size, struct error *err);
