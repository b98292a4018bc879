/* Becomes the user that a call names, in the process that is to be the command, and executes it. Implemented in
 * target.c and run.c. Runs in: helper */
#pragma once

#include "sandbox/sudo/accounts.h"
#include "sandbox/sudo/request.h"

#include <stddef.h>

#define RUN_GROUPS_MAX 1024

struct run {
	const struct sudo_head *head;
	struct sudo_request request;
	struct account caller, target;
	gid_t gid; /* the target's, or that of -g */
	gid_t groups[RUN_GROUPS_MAX];
	size_t n_groups;
};

/* Who calls and who is to be become, from the sandbox's /etc; `caller_gid` is for a caller without a row. With
 * SUDO_PRESERVE_GROUPS run->groups is filled already. False: that was refused, and has been said. */
bool run_resolve(struct run *run, uid_t caller, gid_t caller_gid);

/* -l: says what may be run, or where the command is. Returns the exit status. */
int run_list(const struct run *run);

/* Descriptors 0-2 are the command's, `directory` is its working directory. Returns an exit status where it cannot be
 * executed, which has been said. */
int run_command(struct run *run, int directory);
