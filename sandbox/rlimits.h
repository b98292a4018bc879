/* Resource limits of a process. setrlimit(2). */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* No core file, and no program of core_pattern that is given one: a soft limit of 1, since a pattern that is a pipe
 * ignores 0 and refuses 1, and a file needs more than a byte (core(5)). The hard limit is the same, so that whoever
 * descends from us can have it too. A caller's hard limit of 0 stays: then a pipe gets the core. */
int rlimits_no_core(struct error *err);

/* For a program of ours that hands descriptors over: its soft RLIMIT_NOFILE becomes the hard one. The kernel holds all
 * descriptors that its user has in flight, whoever sent them, against the sender's soft limit (unix(7)). */
int rlimits_raise_nofile(struct error *err);

/* rlimits_no_core(); RLIMIT_NPROC where it stands in for pids.max (counted per user namespace since Linux 5.14, so it
 * counts this sandbox alone). Soft and hard limits are the same: nothing inside can raise them. */
int rlimits_apply(const struct plan *plan, struct error *err);

/* RLIMIT_NOFILE from the plan, likewise. After the last descriptor has been handed over. By prlimit64(2) alone. */
int rlimits_lower_nofile(const struct plan *plan, struct error *err);
