/* Foresees which allowed calls a mount, Landlock or missing privileges will refuse, to name them. Decides nothing.
 *
 * The kernel says nobody why a call failed; only root reads its audit log. So before a watched call is made
 * (policy/seccomp/watched.h), the path that it names is looked up below the caller's own root, by openat2(2) with
 * RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS, opened by O_PATH alone, and compared with the plan. The job can change the
 * path meanwhile: then a message is wrong, and nothing else.
 * Runs in: launcher */
#pragma once

#include "policy/plan.h"
#include "sandbox/filter/peek.h"
#include "sandbox/outcome/denials.h"
#include "sandbox/watch/message.h"

#include <linux/seccomp.h>
#include <stdbool.h>
#include <sys/types.h>

/* What the job has. */
struct refusal_scope {
	const struct plan_root *root;
	const struct plan_identity *identity;
	const struct plan_fds *fds;
	int landlock;        /* its ABI, 0: none */
	int securebits;      /* of every process, SECBIT_* */
	ino_t mounts, users; /* its namespaces; 0: not known, and nothing is foreseen */
};

/* Takes what the command's process says of itself, and counts the command's own file where it is marked with
 * privileges. */
void refusal_begin(struct refusal_scope *scope, const struct message_scope *said, struct denials *denials);

/* Whether the call will be refused: then cause, mount, note and errnum of the denial are filled. False also for
 * whatever cannot be seen: memory that cannot be read, a thread in other namespaces, where mounts may be the job's own.
 * `peek` is open with the thread's memory. The caller makes sure afterwards that the thread is still there. */
bool refusal_foresee(const struct refusal_scope *scope, const struct seccomp_notif *notif, const struct peek *peek,
	struct denial *denial);
