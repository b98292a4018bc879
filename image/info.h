/* What is known of an image beside its files: trees/TREE/info.json. */
#pragma once

#include "common/error.h"
#include "image/manifest.h"

struct image_info {
	char *source; /* "tar", "oci", "docker-archive", or the reference that was pulled */
	struct image_size size;
	int64_t created; /* seconds since 1970 */
	char *map;       /* image/map.h; NULL: not known, or the caller's id alone */
};

int image_info_write(int treefd, const struct image_info *info, struct error *err);

/* The caller calls image_info_free(), also after a failure. */
int image_info_read(int treefd, struct image_info *info, struct error *err);
void image_info_free(struct image_info *info);
