/* Asks the kernel for the state of a sandbox, for sandbox/verify/seen.h.
 *
 * Only a launch with a report asks; without one, not one call is made. The command's process inspects itself and PID
 * 1, so no process requires rights over another: once before its filter, and once more after it, for the filter. The
 * launcher inspects itself before, and the cgroup.
 * Runs in: launcher, PID 1, command */
#pragma once

#include "common/error.h"
#include "policy/expectation.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/verify/seen.h"

#include <sys/types.h>

/* Room for the files that are read. A process with some 2,000 groups has a longer status, whose filters are not seen.
 */
#define INSPECT_TEXT 16384

/* What one process finds out about itself. */
struct inspection {
	struct seen_values seen;
	uint64_t filters;  /* that are around us already, or SEEN_NOT */
	const char *probe; /* a directory in which Landlock shows, or NULL */
	int descriptors;   /* /proc/self/fd, to be read when what is not handed over has been closed, or -1 */
	int status;        /* /proc/self/status, to be read behind the filter; -1: the policy does not allow that */
	char text[INSPECT_TEXT]; /* of `status` */
};

/* Before anything is set up. What is expected is kept, and what is seen now: the children of the caller have both with
 * the rest of its memory. */
void inspect_outside(const struct expectation *expected);
const struct seen_before *inspect_before(void);

/* What an entrypoint has found that it cannot do (struct seen_before), before there are children. */
void inspect_unavailable(bool unlocked, bool no_keyring);

/* The limits that the leaf has, once they are written: refuses what is not as the plan wants it. */
int inspect_limits(const struct cgroup *cgroup, struct seen_values *seen, struct error *err);

/* Whether PID 1 is in the leaf, likewise. One that ends (`pidfd`) is in none: nothing is seen of it then, and why
 * it does is for others to say. */
int inspect_members(const struct cgroup *cgroup, pid_t init, int pidfd, struct seen_values *seen, struct error *err);

/* Whether the time limit runs, likewise. */
int inspect_timer(int timer, struct seen_values *seen, struct error *err);

/* One for a process that has only a small stack, and runs one command. */
struct inspection *inspect_room(void);

/* These are for the command's process. `inspection` is NULL where there is no report: then they do nothing, and no page
 * is touched for them. The first, before Landlock: all that it or the filter would be in the way of. Opens two
 * descriptors, close-on-exec, which are -1 where they cannot be had. */
void inspect_begin(struct inspection *inspection);

/* With Landlock and the last descriptor closed: inspects both, closes inspection->descriptors, and refuses by name what
 * is not as the plan wants it. */
int inspect_check(struct inspection *inspection, struct error *err);

/* Says it to the launcher: MESSAGE_SEEN. */
void inspect_report(const struct inspection *inspection, int sock);

/* Behind the filter, likewise. Makes no call but read(2), and prlimit64(2) where that is what the limit on
 * descriptors has just been lowered with; none where the policy does not allow read(2). */
int inspect_filtered(struct inspection *inspection, struct error *err);
