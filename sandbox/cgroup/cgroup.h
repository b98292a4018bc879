/* Manages cgroup v2: one leaf per sandbox in a delegated subtree.
 * cgroups(7), Documentation/admin-guide/cgroup-v2.rst. Implemented in sandbox/cgroup/cgroup.c,
 * sandbox/cgroup/enable.c, sandbox/cgroup/find.c, sandbox/cgroup/measure.c, sandbox/cgroup/probe.c and
 * sandbox/cgroup/sweep.c.
 * Runs in: launcher, helper, supervisor */
#pragma once

#include "common/error.h"
#include "policy/facts.h"
#include "policy/plan.h"
#include "sandbox/outcome/outcome.h"

#define CGROUP_LEAF_PREFIX "cofferdam-"
#define CGROUP_HELPERS_SUFFIX "+helpers" /* no id has a "+" */

struct cgroup {
	int dirfd;  /* of the leaf, locked (flock(2)) for as long as its launcher lives; -1: there is none */
	char *path; /* of the leaf; owned */
};

/* Looks for a directory in which a leaf can be made, and for the controllers it could have: `by_hand`, or when that is
 * NULL the caller's own cgroup and the one above it. Changes nothing. `parent` gets its path (owned by the caller) or
 * NULL; fills the cgroup fields of `facts`, of which cgroup_reason points into static memory. */
void cgroup_detect(const char *by_hand, struct facts *facts, char **parent);

/* The caller's own cgroup's directory in the file system, owned by the caller; or NULL, with static text in *why. */
char *cgroup_own_directory(const char **why);

/* What the caller can do about a cgroup that is not delegated, or lacks controllers: static text. `by_hand` is as
 * above; `facts` are what cgroup_detect() and cgroup_probe() have found. `in_full`: with the commands, where there is
 * room for them. */
const char *cgroup_remedy(const char *by_hand, const struct facts *facts, bool in_full);

/* Tries what cgroup_detect() promised: makes a leaf, enables `controllers` (enum facts_controller), starts a process in
 * it and removes it. What fails is taken back from `facts`, with the reason. The controllers stay enabled. */
void cgroup_probe(const char *parent, unsigned controllers, struct facts *facts);

/* Enables `controllers` (enum facts_controller) for what is below the directory `dir`. Processes that sit in it are
 * moved to a leaf "launcher" first: a cgroup with controllers may hold none. */
int cgroup_enable(int dir, unsigned controllers, struct error *err);

/* Removes the empty leaves of launchers that are gone: those that nobody has locked. */
void cgroup_sweep(const char *parent);

/* Where the leaf of the job `id` lies below `parent`. The caller frees it; NULL when memory ran out. */
char *cgroup_leaf_path(const char *parent, const char *id);

/* The same of the leaf of its helpers, sandbox/cgroup/helpers.h. */
char *cgroup_helpers_path(const char *parent, const char *id);

/* mkdirat(2) with mode 0755, whatever the caller's umask is: it may take from us what we have made. */
int cgroup_mkdir(int dirfd, const char *path);

/* Makes the directory cgroup->path and locks it, so that nobody sweeps it: cgroup->dirfd, which the caller closes also
 * after failure. */
int cgroup_make_leaf(struct cgroup *cgroup, struct error *err);

/* Sweeps, makes the leaf "cofferdam-<id>" below `parent`, enables the controllers that the limits need and writes
 * those; `degraded` is as in the plan. The controllers stay, and the leaf of cgroup_enable(); on failure nothing else
 * is left. */
int cgroup_create(struct cgroup *cgroup, const char *parent, const char *id, const struct plan_limits *limits,
	unsigned degraded, struct error *err);

/* Kills everything in it (cgroup.kill, Linux 5.14). Counts the processes that were there. */
int cgroup_kill(struct cgroup *cgroup, uint64_t *processes, struct error *err);

/* Stops every process in it where it is, or lets them go on (cgroup.freeze, Linux 5.2). They can be killed while they
 * are stopped. Does not wait. */
int cgroup_freeze(const struct cgroup *cgroup, bool freeze, struct error *err);

/* Waits until every process in it has been stopped, at most `limit_ns`: one that waits for a device takes longer. */
bool cgroup_await_frozen(const struct cgroup *cgroup, int64_t limit_ns);

/* Whether cgroup_freeze() has been told to stop them: all stand still but those that wait for a device. */
bool cgroup_is_to_freeze(const struct cgroup *cgroup);

/* Peaks and counters, as far as the controllers are there. */
void cgroup_measure(const struct cgroup *cgroup, struct outcome *outcome);

/* Waits until it is empty, at most `limit_ns`, and removes it. 0, or -1 when something is left. */
int cgroup_remove(struct cgroup *cgroup, int64_t limit_ns, struct error *err);
