/* The files of profiles/ as they were when this program was built: the program needs no data files beside it. */
#pragma once

#include <stddef.h>

struct builtin_file {
	const char *path; /* as in the source tree: "profiles/job.json" */
	const char *text; /* not NUL-terminated */
	const char *end;  /* behind the last byte */
};

extern const struct builtin_file builtin_files[];
extern const size_t builtin_files_count;

/* The embedded file with that path, or NULL. */
const struct builtin_file *builtin_find(const char *path);

/* The embedded DIR/NAME.json, or NULL. */
const struct builtin_file *builtin_find_named(const char *dir, const char *name);

/* "default, job": the names that builtin_find_named() knows in `dir`. */
void builtin_names(const char *dir, char *text, size_t size);
