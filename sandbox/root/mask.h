/* Hides paths: a directory under an empty read-only one, anything else under /dev/null.
 * Runs in: child */
#pragma once

#include "common/error.h"

#include <stdbool.h>

enum mask_kind { MASK_FILE, MASK_DIRECTORY, MASK_KINDS };

/* One cover of each kind, made when it is first wanted; every further one is a copy of it, which costs a call. */
struct mask {
	int scratch; /* scratch_create()'s, not ours: the empty directory lies in it */
	struct mask_cover {
		int fd;           /* -1: not made yet */
		bool attached;    /* before that it cannot be copied */
		const char *here; /* a name in the current directory that it covers, or NULL */
	} covers[MASK_KINDS];
};
#define MASK_OVER(scratch_fd) ((struct mask){.scratch = (scratch_fd), .covers = {{.fd = -1}, {.fd = -1}}})
void mask_end(struct mask *mask);

/* Covers the path (absolute inside `rootfd`). One that does not exist is covered already if it is `optional`, or if
 * what holds it is read-only; else it is an error, since it can be made later. */
int mask_path(struct mask *mask, int rootfd, const char *path, bool optional, struct error *err);

/* The same for many names in a file system that the kernel fills and nobody else, as proc: in one call each. The
 * current directory is that file system's root, one and the same for all calls. `kind` is what the name is expected to
 * be. */
int mask_here(struct mask *mask, const char *name, enum mask_kind kind, struct error *err);
