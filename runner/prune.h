/* Keeps a directory of files that only grow in number small. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Removes the oldest files of the directory `path` below `dirfd` (or AT_FDCWD) until at most `files` are left, which
 * together hold at most `bytes`. The newest stays in any case: somebody may be writing it. Names with a dot in front do
 * not count. No link is followed. What cannot be removed stays, for the next time. */
void prune(int dirfd, const char *path, size_t files, uint64_t bytes);
