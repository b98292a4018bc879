/* Runs a command under a filter that reports every call and lets it continue: `policy learn`.
 *
 * SECCOMP_USER_NOTIF_FLAG_CONTINUE (Linux 5.5): a continued call is not checked at all, since its memory can change
 * after the inspection (seccomp_unotify(2)). A learning run confines only what the base
 * policy denies by number and arguments, which are registers and cannot change.
 * Runs in: launcher, command */
#pragma once

#include "common/error.h"
#include "policy/learn/learn.h"

#include <stdint.h>

struct learn_outcome {
	int status;      /* the command's own, 128 + signal, or 126/127: it could not be executed */
	int exec_errno;  /* why, or 0 */
	uint64_t killed; /* processes that were left after `grace_ns` */
};

/* Runs argv and records into `learn` until the command and all that it started have ended; what is still there
 * `grace_ns` after the command's end is killed. Becomes a subreaper and blocks signals for good: SIGTERM, SIGHUP and
 * the like are handed on to the command. < 0: no learning was possible; the command has then not run. */
int learn_run(struct learn *learn, char **argv, int64_t grace_ns, struct learn_outcome *outcome, struct error *err);
