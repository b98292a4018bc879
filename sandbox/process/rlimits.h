/* Sets resource limits of a process. setrlimit(2).
 * Runs in: launcher, PID 1, command, supervisor */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* Counted per user, up through every user namespace: without a limit of its own one job uses up what its user has on
 * the whole machine. */
#define RLIMITS_SIGPENDING 4096
#define RLIMITS_MSGQUEUE (400 * 1024) /* bytes; half of what the kernel gives a user by default */
#define RLIMITS_CORE 1

/* The hard RLIMIT_NOFILE of the command, where plan_limits.nofile_hard is `wanted` and the launcher's own hard limit is
 * `hard`. Descriptors in flight over Unix sockets are counted per user of the whole machine, against the limit of
 * whoever sends the next one (unix(7), ETOOMANYREFS): a quarter of ours stays out of the job's reach, so that it cannot
 * keep the user's other programs, this launcher among them, from passing any. */
uint64_t rlimits_nofile(uint64_t wanted, uint64_t hard);

/* No core file, and no program of core_pattern that is given one: a soft limit of 1, since a pattern that is a pipe
 * ignores 0 and refuses 1, and a file needs more than a byte (core(5)). The hard limit is the same, so that whoever
 * descends from us can have it too. A caller's hard limit of 0 stays: then a pipe gets the core. */
int rlimits_no_core(struct error *err);

/* For a program of ours that hands descriptors over: its soft RLIMIT_NOFILE becomes the hard one. The kernel holds all
 * descriptors that its user has in flight, whoever sent them, against the sender's soft limit (unix(7)). */
int rlimits_raise_nofile(struct error *err);

/* rlimits_no_core(); RLIMIT_NPROC where it stands in for pids.max, which `degraded` says (counted per user namespace
 * since Linux 5.14, so it counts this sandbox alone). Soft and hard limits are the same: nothing inside can raise them.
 */
int rlimits_apply(const struct plan_limits *limits, unsigned degraded, struct error *err);

/* RLIMIT_NOFILE: the hard limit of rlimits_nofile(), and the soft one up to that; with 0 what the caller had. After the
 * last descriptor has been handed over. By prlimit64(2) alone. */
int rlimits_lower_nofile(const struct plan_limits *limits, struct error *err);
