/* Changes the owner of what lies in a directory that a hostile job may have filled.
 * Runs in: helper */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define GIVE_DEPTH_MAX 900
#define GIVE_PATH_SIZE 512

/* What keeps its owner, with all that is below it. */
struct give_spared {
	dev_t dev;
	ino_t ino;
};

struct give {
	uid_t from_uid, to_uid;
	gid_t from_gid, to_gid;
	bool linked; /* also files with several names, of which some may lie elsewhere */
	const struct give_spared *spared;
	size_t n_spared;
	int64_t deadline_ns; /* CLOCK_MONOTONIC */
	uint64_t given;
	uint64_t linked_left;       /* files that keep their owner because they have several names */
	uint64_t refused;           /* files that cannot be given, and directories that cannot be read */
	int errnum;                 /* why, of the first of them */
	char first[GIVE_PATH_SIZE]; /* and its path, as the kernel has it */
	bool late, deep;            /* why not all was looked at */
};

/* Gives `fd` (O_PATH will do) and, where it is a directory, everything below it that belongs to from_uid or from_gid to
 * the others, each directory after what is in it: so a call that was cut short is repeated by the next one. Never
 * follows a symbolic link, crosses no mount point, enters nothing that is spared, and changes what it has looked at, by
 * descriptor: what is swapped meanwhile is another file. What cannot be given is counted, and the rest is given. 0, or
 * -1 with errno: `fd` itself could not be given, or memory or descriptors ran out. */
int give_tree(int fd, struct give *give);
