/* Finds files without a name, whose content still takes space.
 *
 * A file system keeps the content for as long as a process holds the file: by a descriptor, a mapping, or as its
 * executable or directory.
 * Runs in: helper */
#pragma once

#include "sandbox/files/usage.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* Descriptors, mappings and threads that one look is ready to see. A job with more cannot be counted. */
#define NAMELESS_ITEMS_MAX (UINT64_C(1) << 22)

struct nameless {
	pid_t init; /* what descends from it is looked into, thread by thread: each may have descriptors of its own */
	bool held;  /* the job stands still: looks also for where files can be held that cannot be measured */
	uint64_t items_max;
	/* There are layers on disk (overlayfs), and nothing that is stored in them is older; 0: there are none. */
	struct timespec layer_made;
	/* The command cannot be looked into, since its program is execute-only. That program is the caller's, not the
	 * job's: what it holds hides nothing. Any other process that is closed does. */
	bool closed_command;
	/* Asked now and then: whether something else is more urgent. NULL: nothing is. */
	bool (*turn_back)(void *data);
	void *data;
};

/* Adds nameless files on the file systems that usage_tree() counted, and in layers on disk. One that is held several
 * times counts once, and a table of descriptors that is shared is read once (kcmp(2)). Where /proc/PID/fd may not be
 * read, each descriptor is fetched (pidfd_getfd(2)). `hidden` of the usage: a file is only mapped, or there may be one
 * in flight over a Unix socket, registered with an io_uring, in a Landlock ruleset or bind mounted, or a thread cannot
 * be looked into; which says nothing about how much is there.
 *
 * The caller needs CAP_SYS_PTRACE in the job's user namespace. True when it has seen all, or `uncounted` says why not;
 * false when it turned back. */
bool nameless_count(const struct nameless *how, struct usage *usage);
