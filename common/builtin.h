/* The files of profiles/, embedded at build time: the program requires no data files. */
#pragma once

#include "common/error.h"

#include <stddef.h>

struct builtin_file {
	const char *path; /* as in the source tree: "profiles/job.json" */
	const char *text; /* not NUL-terminated */
	const char *end;  /* after the last byte */
};

extern const struct builtin_file builtin_files[];
extern const size_t builtin_files_count;

/* Returns the embedded file with this path, or NULL. */
const struct builtin_file *builtin_find(const char *path);

/* Returns the embedded DIR/NAME.json, or NULL. */
const struct builtin_file *builtin_find_named(const char *dir, const char *name);

/* Lists the names that builtin_find_named() knows in `dir`: "default, job". */
void builtin_names(const char *dir, char *text, size_t size);

/* Sets the hint for a name that is unknown in `dir`: the most similar name, all names, and how a file is named.
 * Always -1. */
int builtin_hint(const char *dir, const char *name, struct error *err);
