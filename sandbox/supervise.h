/* The launcher's side while the command runs: waits for PID 1, hands signals on, keeps the time limit, kills. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/cgroup.h"
#include "sandbox/message.h"
#include "sandbox/outcome.h"

/* What the child has said, at most one message of each kind; kept when a later one of the kind comes. */
struct told {
	bool starting; /* the command's process got as far as the filter and execve(2) */
	bool failed, ended;
	struct message failure, end;
	ino_t pidns; /* 0: it never got that far */
};

/* Returns when PID 1 has died, and with it every process of its namespace: the kernel lets PID 1 be waited for only
 * after all others are gone (zap_pid_ns_processes). Reaps it. What it said is collected in `told`. outcome->ended_by
 * becomes TIMEOUT or CANCEL where we ended it. */
int supervise(const struct plan *plan, pid_t init, int pidfd, int sock, struct cgroup *cgroup, struct outcome *outcome,
	struct told *told, struct error *err);
