/* Runs a packaged program in a job's namespaces, with only the capabilities it requires there.
 * setns(2), capabilities(7).
 * Runs in: helper */
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>

struct join {
	int userns;        /* descriptor; joined first, which gives every capability in it */
	int netns;         /* descriptor, or -1: stay in ours */
	uint64_t caps;     /* 1 << CAP_…: kept over execve(2), as ambient capabilities */
	int stdio[3];      /* what 0, 1 and 2 will be; -1: /dev/null */
	char *const *argv; /* [0] is an absolute path */
};

/* Joins the user namespace. For a process of one thread. */
int join_userns(int userns, struct error *err);

/* To be called in a fork: joins what `join` names but for the user namespace when `joined`, and executes. What fails
 * is written to stdio[2]. Does not return. */
void join_exec(const struct join *join, bool joined) __attribute__((noreturn));
