/* Whole reads and writes, and the two kinds of small file the system is made of. */
#pragma once

#include "common/error.h"

#include <stddef.h>
#include <stdio.h>

/* Writes all `len` bytes, restarting after EINTR and short writes. 0, or -1 with errno. */
int write_all(int fd, const void *data, size_t len);

/* Reads until end of file or `max` bytes, and adds a final NUL, which *len does not count. The caller frees *data.
 * More than `max` bytes is an error (EFBIG). Where the descriptor is non-blocking, what is read is waited for, at most
 * ten seconds in all (ETIMEDOUT). 0, or -1 with errno. */
int read_all(int fd, size_t max, char **data, size_t *len);

/* Opens `path` below `dirfd` (or AT_FDCWD) for reading, without waiting for anybody who writes it, and reads it whole,
 * as read_all(). */
int read_file_at(int dirfd, const char *path, size_t max, char **data, size_t *len, struct error *err);

/* A stream of a regular file; anything else is refused, and not waited for. NULL with err, err->errnum ENOENT where
 * there is none. */
FILE *open_regular(const char *path, struct error *err);

/* Writes `text` with a single write(2) into an existing file, as /proc and cgroupfs want it. 0, or -1 with errno. */
int write_file_at(int dirfd, const char *path, const char *text);

/* asprintf(3) that returns the string, or NULL when memory ran out. The caller frees it. */
char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
