/* What the process does that counts what a job stores, and what it tells the launcher. Used by disk.c alone. */
#pragma once

#include "policy/plan.h"
#include "sandbox/disk_trees.h"
#include "sandbox/supervise.h"
#include "sandbox/usage.h"

/* One message through its pipe: a write of this size is atomic. */
struct disk_message {
	bool hold; /* wants the job's cgroup frozen until the next count has come, and has not counted */
	bool over; /* too much; or the job cannot be held still */
	struct usage usage;
};

/* What all trees may hold: the plan's limit, and what was there before beside the workspace. */
struct room disk_limit(const struct plan *plan, const struct room *base);

/* More than that, or more than can be counted. */
bool disk_is_over(const struct room *limit, const struct usage *usage);

/* In a process of its own, with every capability in the job's user namespace: counts what is in the trees, with the
 * descriptors that a deep one takes. 0, or -1 with errno. */
int disk_count(const struct disk_trees *trees, const struct room *limit, struct usage *usage);

/* Whether the file system has lost more than the job has left, beyond what was counted: `whole` was there together,
 * what was counted and the room beside it, when nothing was held out of sight. */
bool disk_is_lost(const struct room *whole, const struct room *limit, const struct usage *usage);

/* In the watcher. Ends when it is too much; the launcher kills it otherwise. */
_Noreturn void disk_keep_counting(const struct watch *watch, int pipe);
