/* Lends what the job may write of the host to the user that its command becomes (`user`, --as), and takes it back.
 *
 * An id map names each owner once, so what the caller owns is root's inside. Work is done from outside, by a process in
 * the job's user namespace, before the job starts and when it has ended; nothing of the job runs then.
 * Runs in: launcher, helper */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/files/give_tree.h"

#include <stddef.h>
#include <sys/types.h>

struct ownership {
	int *fds; /* of writable binds: opened once, for their names are the job's to change afterwards */
	char **names;
	size_t n;
	struct give_spared *spared; /* what the job is not shown of them, or may not write */
	size_t n_spared;
	int userns; /* -1: nothing was lent */
};
#define OWNERSHIP_NONE ((struct ownership){.userns = -1})

/* Opens them, while a signal still ends us. Does nothing for a plan without such a user. ownership_end() is due in
 * every case. */
int ownership_begin(const struct plan_root *root, struct ownership *ownership, struct error *err);
void ownership_end(struct ownership *ownership);

/* In the user namespace of `init`, which has its maps and is dumpable: gives what is the caller's, root's inside, to
 * the user. A file with several names stays the caller's: the others may lie where no job may write. Bounded in time.
 * *kept: what else cannot be given, and why, for people; NULL: nothing; owned. */
int ownership_lend(const struct plan_root *root, struct ownership *ownership, pid_t init, const struct cgroup *helpers,
	char **kept, struct error *err);

/* Gives back what belongs to the user: standard streams, and directories unless the plan says otherwise (gives_back).
 * After a signal it has `grace_ns` at most. -1 with err: some of it stays the user's, whom the caller knows by a
 * subordinate id. The same launch again gives it back. */
int ownership_return(const struct plan_root *root, const struct ownership *ownership, int64_t grace_ns,
	const struct cgroup *helpers, struct error *err);
