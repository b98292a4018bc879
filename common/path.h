/* Paths as text, without access to the file system. */
#pragma once

#include "common/error.h"

#include <stdbool.h>

/* Normalises an absolute path: no "//", no ".", no trailing "/". ".." is an error, since its meaning depends on
 * symlinks. The caller frees *out. */
int path_normalise(const char *path, char **out, struct error *err);

/* Makes `path` absolute. `base` is an absolute directory without symlinks, as getcwd(3) returns it. Resolves leading
 * "./" and "../", and copies an absolute path unchanged. The caller frees it. NULL if memory ran out. */
char *path_absolute(const char *base, const char *path);

/* Whether `path` is `dir` or is below it. Both are normalised. Every path is below "/". */
bool path_is_within(const char *path, const char *dir);

/* Whether a normalised path is in a system directory such as /usr, whose parents belong to root. */
bool path_is_of_the_system(const char *path);

/* Whether `text` names a file rather than a shipped NAME: it contains a '/' or ends in ".json". */
bool path_is_file_reference(const char *text);

/* Returns the directory part of `path`, "." if it has none. The caller frees it. NULL if memory ran out. */
char *path_directory(const char *path);

/* Refuses "/" and every path in one of the directories `dirs`, which ends with NULL. 0, or -1 with err. */
int path_refuse_within(const char *path, const char *const *dirs, struct error *err);
