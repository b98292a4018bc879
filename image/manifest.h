/* The list of what an image consists of: a line for each file, in the order of their names.
 *
 *   TYPE MODE UID GID SIZE CONTENT PATH
 *
 * TYPE is a letter of ls(1): - d l p s c b; MODE is octal; the ids are those inside; SIZE is in bytes, of files;
 * CONTENT is the SHA-256 of a file, the target of a symbolic link, or "-"; "?" for a file, or a directory with what is
 * in it, that even its owner may not read.
 * In targets and paths each byte that is not a visible ASCII character, and the backslash, is \xHH. The root is ".". */
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>

/* What an image may be, and what it is. */
struct image_size {
	uint64_t bytes;   /* of files, as long as they are; of what is stored, in blocks */
	uint64_t entries; /* each file, directory, link … */
};

/* A line without its end; `path` is its last word. -1 with err ends the walk. */
typedef int image_manifest_line(void *context, const char *line, const char *path, struct error *err);

/* Walks the tree below the open directory. Stops with an error where it is more than `most`. *size: the blocks stored,
 * and the entries. */
int image_manifest_walk(int rootfd, const struct image_size *most, image_manifest_line *each, void *context,
	struct image_size *size, struct error *err);

/* The order of two paths of a manifest, as of strcmp(3): a directory comes before what is in it, and both before a
 * longer name. */
int image_manifest_order(const char *a, const char *b);

/* The order of two names in a directory, unescaped: that of their escaped forms. */
int image_manifest_name_order(const char *a, const char *b);

/* Where the path of a line begins; NULL: it is not a line of a manifest, which has seven words. */
const char *image_manifest_path(const char *line);
