/* Where the runner lives, and its small files. */
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* The runner's root: the parent of the directory in which the executable lies, as /proc/self/exe names it. Like the
 * official runner it is asked of the running program, never of the working directory. Also readable in a process that
 * is not dumpable. The caller frees. */
char *root_directory(struct error *err);

/* The directory of the executable itself. The caller frees. */
char *root_binaries(struct error *err);

/* Writes a whole file by way of a temporary one, so that a reader sees all or nothing. */
int root_write(const char *directory, const char *name, mode_t mode, const char *text, size_t len, struct error *err);

/* Reads <directory>/<name> whole; the caller frees *text. A final NUL is added. */
int root_read(const char *directory, const char *name, char **text, size_t *len, struct error *err);

bool root_has(const char *directory, const char *name);

/* mkdir -p. */
int root_make_directory(const char *path, struct error *err);

/* Opens <root>/_diag/<program>_<time>-utc.log for appending, in a directory that is made if it is not there. NULL after
 * failure. */
FILE *root_open_log(const char *root, const char *program, struct error *err);

/* A random UUID in text. */
void root_uuid(char out[37]);
