/* An image made from an archive, or pulled from a registry, and given a name. */
#pragma once

#include "common/error.h"
#include "image/inside.h"
#include "image/unpack.h"

enum image_ids_wish {
	IMAGE_WISH_ANY, /* subordinate ids where the caller has some */
	IMAGE_WISH_SUBUID,
	IMAGE_WISH_SINGLE,
};

struct image_request {
	const char *name;
	const char *path; /* an archive, or a directory in OCI's layout; NULL: pull */
	struct image_pull pull;
	enum image_ids_wish wish;
	struct image_size most;
};

struct image_result {
	char tree[IMAGE_TREE_SIZE];
	enum image_ids ids;
	struct error reason; /* why not subordinate ids */
	bool known;          /* the same content was there already */
};

/* All or nothing: whenever it ends, the name leads to what it led to before, or to the new image, complete and on the
 * disk. What a killed import leaves is removed by the next command. */
int image_import(const struct image_request *request, struct image_result *result, struct error *err);
