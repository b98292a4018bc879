/* Counts what a job stores, in a process of its own, and reports it to the launcher.
 * Used by disk.c alone.
 * Runs in: launcher, helper */
#pragma once

#include "sandbox/disk/disk.h"
#include "sandbox/disk/trees.h"
#include "sandbox/files/usage.h"
#include "sandbox/watch/watch.h"

/* One message through its pipe: a write of this size is atomic. */
struct disk_message {
	bool hold; /* wants the job's cgroup frozen until the next count has come, and has not counted */
	bool over; /* too much; or the job cannot be held still */
	struct usage usage;
};

/* What all trees may hold: the limit of `bytes` and plan_scratch_inodes() files, and what was there before beside the
 * workspace. */
struct room disk_limit(uint64_t bytes, const struct room *base);

/* More than that, or more than can be counted. */
bool disk_is_over(const struct room *limit, const struct usage *usage);

/* In a process of its own, with every capability in the job's user namespace: counts what is in the trees, with the
 * descriptors that a deep one takes. 0, or -1 with errno. */
int disk_count(const struct disk_trees *trees, const struct room *limit, struct usage *usage);

/* Whether the file system has lost more than the job has left, beyond what was counted: `whole` was there together,
 * what was counted and the room beside it, when nothing was held out of sight. */
bool disk_is_lost(const struct room *whole, const struct room *limit, const struct usage *usage);

/* In the watcher. Ends when it is too much; the launcher kills it otherwise. */
_Noreturn void disk_keep_counting(const struct disk_start *start, const struct watch *watch, int pipe);
