/* Defines the protections, one row each: name in a report, consent that lets it be missing, state.
 * Implemented in sandbox/protection_launched.c, sandbox/protection_entered.c and sandbox/protection_limits.c.
 * Runs in: launcher, PID 1, command */
#pragma once

#include "policy/plan.h"
#include "sandbox/outcome/outcome.h"

struct entrypoint;
struct protection_row;

/* What has been put up: the parts of the plan that a state depends on, and what came of them. */
struct put_up {
	const struct protection_row *row; /* of the protection whose state is told */
	const struct plan_identity *identity;
	const struct plan_root *root;
	const struct plan_limits *limits;
	const struct plan_landlock *landlock;
	const struct plan_fds *fds;
	const char *seccomp, *withheld;
	enum plan_network network;
	enum plan_tty tty;
	unsigned terminals, degraded; /* bits, as in the plan */
	bool explain;
	const struct denials *denials;       /* of a launch */
	bool in_cgroup;                      /* of a launch: it has a leaf of its own */
	const struct entrypoint *entrypoint; /* or NULL: it was a launch */
};

/* The state with its detail, which is a constant or stays the plan's: as the plan has it, before anything was seen. */
typedef struct protection_report protection_state_fn(const struct put_up *up);

struct protection_row {
	const char *name;
	enum plan_degradable degradable; /* lets it be missing; PLAN_DEGRADABLE_COUNT: nothing does */
	protection_state_fn *launched;
	protection_state_fn *entered; /* of an entrypoint */
};

extern const struct protection_row protection_rows[PROTECTION_COUNT];

static inline struct protection_report protection_is(enum protection_state state, const char *detail)
{
	return (struct protection_report){.state = state, .detail = detail};
}

static inline struct protection_report protection_active(const char *detail)
{
	return protection_is(PROTECTION_ACTIVE, detail);
}

static inline struct protection_report protection_not_asked_for(void)
{
	return protection_is(PROTECTION_DISABLED, "not asked for");
}

/* What the rows consist of: those of both, those of a launch, those of an entrypoint. */
protection_state_fn protection_plain, protection_seccomp, protection_descriptors, protection_environment,
	protection_time;
protection_state_fn protection_user_namespace, protection_network, protection_root, protection_capabilities,
	protection_landlock, protection_explain, protection_rlimits, protection_keyring, protection_session,
	protection_tty, protection_cgroup, protection_limit, protection_disk;
protection_state_fn container_runtime, container_capabilities, container_landlock, container_explain, container_rlimits,
	container_keyring, container_session;
