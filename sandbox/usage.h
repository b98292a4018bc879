/* How much is stored below a directory that a hostile job fills. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define USAGE_DEPTH_MAX 900
#define USAGE_DEVICES_MAX 16

struct usage {
	uint64_t bytes; /* allocated blocks; a file with several names counts once in all */
	uint64_t files;
	/* Something is there that was not counted: nested deeper than USAGE_DEPTH_MAX, a directory that may be written
	 * but not read, more than USAGE_DEVICES_MAX file systems. */
	bool uncounted;
	dev_t devices[USAGE_DEVICES_MAX]; /* of the file systems that were counted; of btrfs there is none here */
	unsigned n_devices;
	bool btrfs; /* or any of its subvolumes, each of which has a device number of its own */
};

/* Adds what is below `dirfd`, also on file systems that are mounted there, and in btrfs subvolumes, which anybody can
 * make; stops early when it is more than `bytes` or `files`. Follows no symbolic link. 0, or -1 with errno when it ran
 * out of memory or descriptors. */
int usage_tree(int dirfd, uint64_t bytes, uint64_t files, struct usage *usage);

/* Adds files on the file systems that usage_tree() counted that have no name any more, but are held open by processes
 * that we may look into. One that is open several times counts once. */
void usage_nameless(struct usage *usage);

/* Room on a file system. */
struct room {
	uint64_t bytes, files; /* 0: cannot be seen */
};

/* On that of an open file. statvfs(3) */
struct room usage_room(int fd);
