/* Complete reads and writes, and small files: configuration to read, kernel files to write. */
#pragma once

#include "common/error.h"

#include <stddef.h>
#include <stdio.h>

/* Writes all `len` bytes, and continues after EINTR and short writes. 0, or -1 with errno. */
int write_all(int fd, const void *data, size_t len);

/* Reads to the end of file and adds a final NUL, which *len does not count. The caller frees *data. More than `max`
 * bytes is an error (EFBIG). On a non-blocking descriptor it waits for data, at most ten seconds in all (ETIMEDOUT).
 * 0, or -1 with errno. */
int read_all(int fd, size_t max, char **data, size_t *len);

/* Opens `path` below `dirfd` (or AT_FDCWD) for reading, without waiting for a writer, and reads it like read_all(). */
int read_file_at(int dirfd, const char *path, size_t max, char **data, size_t *len, struct error *err);

/* Opens a stream of a regular file. Refuses any other file without waiting for it. NULL with err; err->errnum is ENOENT
 * if there is no file. */
FILE *open_regular(const char *path, struct error *err);

/* Writes `text` with a single write(2) into an existing file, as /proc and cgroupfs require. 0, or -1 with errno. */
int write_file_at(int dirfd, const char *path, const char *text);

/* Like asprintf(3), but returns the string, or NULL if memory ran out. The caller frees it. */
char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
