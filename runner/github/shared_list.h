/* Lists of GitHub's that all slots share: one call answers whoever needs a list of that moment.
 *
 * Slots are processes; what was answered lies in memory that they share, with its ETag. A list is asked for by one of
 * them at a time, at most twice a second, and conditionally: while it is as it was, GitHub answers 304, which does not
 * count for the primary rate limit. docs.github.com/rest: best practices, "Use conditional requests if appropriate" */
#pragma once

#include "runner/github/github.h"

#include <stdint.h>

enum shared_list {
	SHARED_RUNNERS,
	SHARED_GROUPS,
	SHARED_LISTS,
};

/* How long after a call the next one for the same list is sent at the earliest. */
#define SHARED_LIST_INTERVAL_NS (NS_PER_S / 2)

/* Makes the processes that are forked later share what they are answered. Called once, before the first fork(2). */
int shared_list_share(struct error *err);

/* Gets the list at `path`, which all slots ask for by the same path: one that was asked for at `since_ns`
 * (CLOCK_MONOTONIC) or later, by whichever slot, or else anew, as by github_call(). 1, and nothing is asked: the list
 * was longer than one answer lately, so that it is no use to share it. */
int shared_list_get(struct github *github, enum shared_list which, const char *path, int64_t since_ns, int64_t bound_ns,
	struct github_reply *reply, struct error *err);
