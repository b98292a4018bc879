/* Derives from a plan what the kernel must show of a sandbox after set-up. Pure.
 * sandbox/verify/ asks the kernel and compares. */
#pragma once

#include "policy/plan.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The pointers are into the plan. */
struct expectation {
	bool in_container; /* nothing is expected that the runtime around an entrypoint decides */

	bool own_network; /* a network namespace other than the launcher's */
	bool connected;   /* … with an interface that is up, beside lo */

	uint64_t uids, gids; /* how many are mapped */
	uid_t uid;           /* of the job, inside */
	gid_t gid;
	bool no_groups;        /* it has none of the caller's supplementary groups: else those stay, as nobody */
	uint64_t groups;       /* … but so many of its own */
	bool becomes_user;     /* the command, between the two looks at it; not plan_becomes_user_last() */
	uint64_t capabilities; /* of the sandbox: its first process, and the bounding set */
	uint64_t command_capabilities; /* what the command has of them: nothing where it is not root */

	const struct plan_root *root;
	const struct etc *etc; /* the files of /etc that were put there */
	const char *workdir, *hostname;

	bool landlock;                    /* its rules are enforced */
	const struct bpf_program *filter; /* one filter, this one */
	const struct plan_fds *fds;
	bool terminal; /* the session has one */

	const struct plan_limits *limits;
	unsigned degraded; /* of the limits: bits 1 << enum plan_degradable */
	bool nofile_last;  /* the limit on descriptors is lowered behind the filter */
};

/* Of a resolved plan. */
struct expectation plan_expectation(const struct plan *plan);
