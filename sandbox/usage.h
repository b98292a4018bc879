/* How much is stored below a directory that a hostile job fills. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct usage {
	uint64_t bytes; /* allocated blocks; a file with several names counts once in all */
	uint64_t files;
	bool too_deep; /* something is nested deeper than USAGE_DEPTH_MAX and was not counted */
};

#define USAGE_DEPTH_MAX 900

/* Adds what is below `dirfd`, on its file system; stops early when it is more than `bytes` or `files`. Follows no
 * symbolic link. 0, or -1 with errno when it ran out of memory or descriptors. */
int usage_tree(int dirfd, uint64_t bytes, uint64_t files, struct usage *usage);

/* Adds files on the file system of the directory `top` that have no name any more, but are held open by processes that
 * we may look into. One that is open several times counts once. */
void usage_nameless(int top, struct usage *usage);
