/* Compares a layer's upper directory with its lower ones, by overlayfs's format.
 *
 * Documentation/filesystems/overlayfs.rst: whiteouts are character devices 0:0, or empty files with the attribute
 * user.overlay.whiteout; a directory with user.overlay.opaque "y" hides what is below it.
 * Runs in: helper */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define UPPER_LOWER_MAX 2

/* Called for each change with 'A', 'M' or 'D'. False stops the walk. */
typedef bool upper_fn(char kind, const char *path, void *data);

struct upper_walk {
	upper_fn *found;
	void *data;
	unsigned depth_max;
	bool too_deep;   /* set: something lies deeper, and was not looked at */
	bool unreadable; /* set: a directory could not be read */
};

/* Walks `upper` (a descriptor; so are lower[], from top to bottom) and names each change below `path` ("" for the
 * root). Never follows a symbolic link. 0, or -1 when it was stopped or memory ran out. */
int upper_walk(struct upper_walk *walk, int upper, const int lower[], size_t n_lower, const char *path);
