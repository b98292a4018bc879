/* Removes a directory that a hostile job has filled.
 * Runs in: child, helper, supervisor */
#pragma once

#include "common/error.h"

#include <stdint.h>

/* Removes the entry `name` (one path component) of the directory `dirfd`, with all that is below it. Never follows a
 * symbolic link, opens directories without permissions (chmod(2) through the descriptor), needs the same few
 * descriptors and the same stack however deep the tree is, and crosses no mount point: what is mounted stays and is an
 * error. Gives up at `deadline_ns` (CLOCK_MONOTONIC), since somebody may still be creating files. Nothing there is
 * success, and a second call goes on where the first gave up. openat2(2) RESOLVE_NO_XDEV. */
int remove_tree(int dirfd, const char *name, int64_t deadline_ns, struct error *err);
