/* What the launcher keeps of a sandbox so that it can look into it from outside, and when it has ended: descriptors
 * that the child sends before the job starts. They stay with the launcher; no job ever has one. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/layers.h"

enum kept {
	KEPT_USERNS,  /* the user namespace: whoever owns it may enter it, and there read whatever the job made */
	KEPT_SCRATCH, /* the root of the scratch file system */
	KEPT_MIRROR,  /* the root of the mirror */
	KEPT_COUNT,
};

/* In the child, while the host's /proc is still there: sends what the plan makes the launcher need. */
int kept_send(const struct plan *plan, const struct layers *layers, int sock, struct error *err);

/* Forks a process that enters the user namespace and has every capability in it, and nothing more than before outside
 * of it. Dies with the launcher. Returns its pid, 0 in it; setns(2), user_namespaces(7). */
pid_t kept_fork(int userns, struct error *err);
