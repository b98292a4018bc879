/* Runs PID 1 of a container that another program started: no namespace is made.
 * It combines init's duties with the restrictions that a process puts on itself.
 * Runs in: PID 1, command */
#pragma once

#include "common/error.h"
#include "policy/expectation.h"
#include "policy/plan.h"
#include "sandbox/identity/account.h"
#include "sandbox/outcome/outcome.h"
#include "sandbox/outcome/seen_values.h"
#include "sandbox/process/stdio.h"

#include <stdbool.h>

/* What is to be carried out, parts of the plan; and what has come of it, all zero before. */
struct entrypoint {
	const struct plan_command *command;
	const struct plan_fds *fds;
	const struct plan_limits *limits;
	const struct plan_landlock *landlock;
	const struct plan_root *root; /* its mounts are the paths of Landlock's rules */
	const struct bpf_program *filter;
	unsigned degraded;                  /* of the limits: bits, as in the plan */
	const struct expectation *expected; /* NULL: no report, and nothing is inspected */
	int spared;                         /* a descriptor of the caller's, which PID 1 keeps open; -1: none */

	struct stdio stdio;
	bool pid1;               /* else orphans come to us by PR_SET_CHILD_SUBREAPER */
	bool caps_locked;        /* caps_lock() */
	bool keyring;            /* a session keyring of its own; not where an outer filter refuses it */
	struct seen_values seen; /* after entrypoint_run(), of its command */
};

/* Due after entrypoint_drop(), also where that or what follows fails. */
void entrypoint_end(struct entrypoint *entrypoint);

/* In the calling process, which becomes the init: descriptors, capabilities, the user (`account`, or NULL to stay who
 * we are), no_new_privs, not dumpable, session keyring. For good. */
int entrypoint_drop(struct entrypoint *entrypoint, const struct account *account, struct error *err);

/* Starts the command in a process group of its own, with its limits, Landlock and filter; hands signals on to
 * the group, reaps, enforces the time limit, and when the command has ended kills what it left: as PID 1 everything,
 * else what descends from us. Where we are killed the command is (PR_SET_PDEATHSIG). 0: it ran, and `outcome` says how
 * it ended. -1: it was not started, or not seen to be; outcome->status is 125, 126 or 127. Must be called by a
 * single-threaded process, once, after entrypoint_drop(). */
int entrypoint_run(struct entrypoint *entrypoint, struct outcome *outcome, struct error *err);
