/* What the process does that counts a workspace, and what it tells the launcher. Used by disk.c alone. */
#pragma once

#include "policy/plan.h"
#include "sandbox/supervise.h"
#include "sandbox/usage.h"

/* One message through its pipe: a write of this size is atomic. */
struct disk_message {
	bool hold; /* wants the job's cgroup frozen until the next count has come, and has not counted */
	bool over; /* too much; or the job cannot be held still */
	struct usage usage;
};

/* More than the plan allows, or more than can be counted. */
bool disk_is_over(const struct plan *plan, const struct usage *usage);

/* In a process of its own, with every capability in the job's user namespace: counts what is below `workspace`, with
 * the descriptors that a deep tree takes. 0, or -1 with errno. */
int disk_count(const struct plan *plan, int workspace, struct usage *usage);

/* In the watcher. Ends when it is too much; the launcher kills it otherwise. */
_Noreturn void disk_keep_counting(const struct watch *watch, int workspace, int pipe);
