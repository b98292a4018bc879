/* Covering what must not be seen or written. */
#pragma once

#include "common/error.h"

/* Covers the existing path (absolute inside `rootfd`): a directory with an empty read-only one, anything else with
 * /dev/null. A path that does not exist is covered already. */
int mask_path(int rootfd, const char *path, struct error *err);

/* The same for many names in a file system that the kernel fills and nobody else, as proc: in one call each. The
 * current directory is that file system's root. */
struct mask {
	int null;          /* /dev/null, detached */
	const char *first; /* the name that it covers now, or NULL */
};
int mask_begin(struct mask *mask, struct error *err);
int mask_here(struct mask *mask, const char *name, struct error *err);
void mask_end(struct mask *mask);
