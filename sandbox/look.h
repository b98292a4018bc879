/* Asks the kernel what a sandbox is really like, for sandbox/seen.h. Only where there is a report: with none, not one
 * call is made. The command's process looks at itself and at PID 1, so nobody needs rights over anybody: once before
 * its filter, and for the filter once more behind it. The launcher looks at itself before, and at the cgroup. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/cgroup.h"
#include "sandbox/seen.h"

#include <sys/types.h>

/* Room for the files that are read. A process with some 2,000 groups has a longer status, whose filters are not seen.
 */
#define LOOK_TEXT 16384

/* The look of one process at itself. */
struct look {
	struct seen_values seen;
	uint64_t filters;     /* that are around us already, or SEEN_NOT */
	const char *probe;    /* a directory in which Landlock shows, or NULL */
	int descriptors;      /* /proc/self/fd, to be read when what is not handed over has been closed, or -1 */
	int status;           /* /proc/self/status, to be read behind the filter; -1: the policy does not allow that */
	char text[LOOK_TEXT]; /* of `status` */
};

/* Before anything is set up. What is seen is kept, and the children of the caller have it with the rest of its memory.
 */
void look_outside(void);
const struct seen_before *look_before(void);

/* What an entrypoint has found that it cannot do (struct seen_before), before there are children. */
void look_without(bool unlocked, bool no_keyring);

/* The limits that the leaf has, once they are written: refuses what is not as the plan wants it. */
int look_at_limits(const struct cgroup *cgroup, const struct plan *plan, struct seen_values *seen, struct error *err);

/* Whether PID 1 is in the leaf, likewise. */
int look_at_members(
	const struct cgroup *cgroup, const struct plan *plan, pid_t init, struct seen_values *seen, struct error *err);

/* Whether the time limit runs, likewise. */
int look_at_timer(const struct plan *plan, int timer, struct seen_values *seen, struct error *err);

/* In the command's process, before Landlock: all that it or the filter would be in the way of. Opens two descriptors,
 * close-on-exec, which are -1 where there is no report or they cannot be had. */
void look_begin(const struct plan *plan, struct look *look);

/* The same, with Landlock and the last descriptor closed: looks at both, closes look->descriptors, and refuses by name
 * what is not as the plan wants it. */
int look_check(const struct plan *plan, struct look *look, struct error *err);

/* The same, behind the filter, likewise. Makes no call but read(2), and prlimit64(2) where that is what the limit on
 * descriptors has just been lowered with; none where the policy does not allow read(2). */
int look_filtered(const struct plan *plan, struct look *look, struct error *err);
