/* Puts the files of /etc that must agree with the sandbox into the new root, in every kind of root.
 *
 * Nothing that a job or an image has at those names is followed: it is covered, or lies below what is put there.
 * Runs in: launcher, child, command */
#pragma once

#include "common/error.h"
#include "policy/etc/etc.h"

#include <stdint.h>

/* ETC_BELOW: creates them in `dirfd`, a directory of ours that becomes the lowest part of a layer, in place of what has
 * their names there. */
int etc_write(int dirfd, const struct etc *etc, struct error *err);

/* ETC_OVER: creates them in the scratch file system and attaches each, read-only, over what has its name in `rootfd`'s
 * /etc: a symbolic link itself, not the file that it leads to. */
int etc_cover(int rootfd, int scratch, const struct etc *etc, struct error *err);

/* The bytes that etc_cover() stores in the scratch file system, where the job's own are counted. */
uint64_t etc_stored(const struct etc *etc);

/* From inside: adds to *missing how many of them do not read as they should. -1: it cannot be told. */
int etc_inspect(const struct etc *etc, uint64_t *missing);
