/* Measures what is stored below a directory that a hostile job fills.
 * Runs in: launcher, PID 1, helper */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#define USAGE_DEPTH_MAX 900
#define USAGE_DEVICES_MAX 16
#define USAGE_WITHIN_SIZE 256 /* NAME_MAX + 1 */
#define USAGE_BLOCK 512       /* of st_blocks, stat(2) */

/* Room on a file system. */
struct room {
	uint64_t bytes, files; /* 0: cannot be seen; full is 1 */
};

/* Why something that is there was not counted. */
enum uncounted {
	UNCOUNTED_NOTHING,
	UNCOUNTED_DEPTH,   /* deeper than USAGE_DEPTH_MAX */
	UNCOUNTED_BLIND,   /* a directory that may be written but not read */
	UNCOUNTED_DEVICES, /* more than USAGE_DEVICES_MAX file systems */
	UNCOUNTED_ITEMS,   /* too many threads, descriptors or mappings to look for nameless files */
	UNCOUNTED_HIDDEN,  /* the file system has lost more than the job may store, and it holds files that cannot be
			    * measured */
	UNCOUNTED_EVADED,  /* the job cannot be held still */
	UNCOUNTED_TIME,    /* it took longer than it may */
};

struct usage {
	uint64_t bytes; /* allocated blocks; a file with several names counts once, wherever the others are */
	uint64_t files;
	enum uncounted uncounted;
	bool hidden; /* sandbox/disk/nameless.h: there may be more, held where it cannot be measured */
	dev_t devices[USAGE_DEVICES_MAX]; /* of the file systems that were counted; of btrfs there is none here */
	unsigned n_devices;
	bool btrfs;        /* or any of its subvolumes, each of which has a device number of its own */
	struct room room;  /* on all of these together */
	char *within;      /* given, of USAGE_WITHIN_SIZE bytes, or NULL: below which name of a tree's top something was
			    * that cannot be counted */
	size_t tree;       /* then in which of the trees */
	int64_t latest_ns; /* given: when to stop counting, on the monotonic clock; 0: never */
};

/* Adds what is below `fd`, also on file systems that are mounted there, and in btrfs subvolumes, which anybody can
 * make; of a file, itself. Stops early when it is more than `bytes` or `files`. Follows no symbolic link. 0, or -1 with
 * errno when it ran out of memory or descriptors. */
int usage_tree(int fd, uint64_t bytes, uint64_t files, struct usage *usage);

/* The same of several together: what lies in one of them under two names, or in two of them, counts once. */
int usage_trees(const int *fds, size_t n, uint64_t bytes, uint64_t files, struct usage *usage);

/* Notes why, if nothing was before. */
void usage_cannot(struct usage *usage, enum uncounted why);
const char *usage_uncounted_text(enum uncounted why);

/* Whether a device, or an open or held file, is of a file system that was counted. */
bool usage_knows(const struct usage *usage, dev_t device);
bool usage_is_there(const struct usage *usage, int dirfd, const char *path, const struct stat *st);

/* Files seen, by open addressing; {0} has none. What cannot be kept, without memory, counts each time. */
struct seen {
	struct seen_file {
		dev_t dev;
		ino_t ino; /* 0: free */
	} * file;
	size_t room, n; /* `room` is a power of two */
};
bool seen_is_new(struct seen *seen, dev_t dev, ino_t ino);
bool seen_has(const struct seen *seen, dev_t dev, ino_t ino);
void seen_free(struct seen *seen);

/* Adds the room on the file system of an open file or directory, where it is not in it already. statvfs(3) */
void usage_add_room(struct usage *usage, int fd);
