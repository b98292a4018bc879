/* Bounds the number and size of files in a directory by removing the oldest. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Removes the oldest files of the directory `path` below `dirfd` (or AT_FDCWD) until at most `files` files with
 * together at most `bytes` remain. Always keeps the newest, which may still be written. Ignores names that begin with a
 * dot, and follows no link. A file that cannot be removed is left for the next call. */
void prune(int dirfd, const char *path, size_t files, uint64_t bytes);
