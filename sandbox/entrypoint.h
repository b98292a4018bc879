/* PID 1 of a container that somebody else started: no namespace is made. Puts init's duties and what confines a process
 * by itself in order. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/account.h"
#include "sandbox/outcome.h"
#include "sandbox/stdio.h"

#include <stdbool.h>

struct entrypoint {
	bool pid1;        /* else orphans come to us by PR_SET_CHILD_SUBREAPER */
	bool caps_locked; /* caps_lock() */
	struct stdio stdio;
	bool keyring; /* a session keyring of its own; not where a filter around us refuses it */
};

/* In the calling process, which becomes the init: descriptors, capabilities, the user (`account`, or NULL to stay who
 * we are), no_new_privs, not dumpable, session keyring. For good. */
int entrypoint_drop(
	const struct plan *plan, const struct account *account, struct entrypoint *entrypoint, struct error *err);

/* Starts the plan's command in a process group of its own, with its limits, Landlock and filter; hands signals on to
 * the group, reaps, enforces the time limit, and when the command has ended kills what it left: as PID 1 everything,
 * else what descends from us. 0: it ran, and `outcome` says how it ended. -1: it was not started; outcome->status is
 * 125, 126 or 127. Must be called by a single-threaded process, once, after entrypoint_drop(). */
int entrypoint_run(const struct plan *plan, struct entrypoint *entrypoint, struct outcome *outcome, struct error *err);
