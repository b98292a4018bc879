/* Paths as text: nothing here looks at the file system. */
#pragma once

#include "common/error.h"

#include <stdbool.h>

/* Brings an absolute path into its one spelling: no "//", no ".", no trailing "/". ".." is an error, since what it
 * means depends on symlinks that are not looked at. The caller frees *out. */
int path_normalise(const char *path, char **out, struct error *err);

/* Makes `path` absolute against `base`, an absolute directory without symlinks, as getcwd(3) returns it. Leading "./"
 * and "../" are resolved; an absolute path is copied as it is. The caller frees. NULL when memory ran out. */
char *path_absolute(const char *base, const char *path);

/* Whether `path` is `dir` or lies below it; both normalised. Every path lies below "/". */
bool path_is_within(const char *path, const char *dir);

/* Whether `text` means a file rather than a shipped NAME: it has a '/' or ends in ".json". */
bool path_is_file_reference(const char *text);

/* The directory part of `path` ("." when there is none). The caller frees. NULL when memory ran out. */
char *path_directory(const char *path);

/* Refuses "/" itself and what lies in one of the directories named, of which NULL is the last. 0, or -1 with err. */
int path_refuse_within(const char *path, const char *const *dirs, struct error *err);
