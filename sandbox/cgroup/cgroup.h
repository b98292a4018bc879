/* cgroup v2: one leaf per sandbox in a subtree that was delegated to us. cgroups(7),
 * Documentation/admin-guide/cgroup-v2.rst. */
#pragma once

#include "common/error.h"
#include "policy/facts.h"
#include "policy/plan.h"
#include "sandbox/outcome.h"

#define CGROUP_LEAF_PREFIX "cofferdam-"

struct cgroup {
	int dirfd;  /* of the leaf, locked (flock(2)) for as long as its launcher lives; -1: there is none */
	char *path; /* of the leaf; owned */
};

/* Looks for a directory in which a leaf can be made, and for the controllers it could have: `by_hand`, or when that is
 * NULL the caller's own cgroup and the one above it. Changes nothing. `parent` gets its path (owned by the caller) or
 * NULL; fills the cgroup fields of `facts`, of which cgroup_reason points into static memory. */
void cgroup_look(const char *by_hand, struct facts *facts, char **parent);

/* Tries what cgroup_look() promised: makes a leaf, enables the controllers that the limits of `plan` need, starts a
 * process in it and removes it. What fails is taken back from `facts`, with the reason. The controllers stay enabled.
 */
void cgroup_probe(const struct plan *plan, const char *parent, struct facts *facts);

/* Enables `controllers` (enum facts_controller) for what is below the directory `dir`. Processes that sit in it are
 * moved to a leaf "launcher" first: a cgroup with controllers may hold none. */
int cgroup_enable(int dir, unsigned controllers, struct error *err);

/* Removes the empty leaves of launchers that are gone: those that nobody has locked. */
void cgroup_sweep(const char *parent);

/* Where the leaf of the job `id` lies below `parent`. The caller frees it; NULL when memory ran out. */
char *cgroup_leaf_path(const char *parent, const char *id);

/* Makes the directory cgroup->path and locks it, so that nobody sweeps it: cgroup->dirfd, which the caller closes also
 * after failure. */
int cgroup_make_leaf(struct cgroup *cgroup, struct error *err);

/* Sweeps, makes the leaf "cofferdam-<id>" below `parent`, enables the controllers that the plan needs and writes the
 * limits. The controllers stay, and the leaf of cgroup_enable(); on failure nothing else is left. */
int cgroup_create(struct cgroup *cgroup, const char *parent, const struct plan *plan, struct error *err);

/* Kills everything in it (cgroup.kill, Linux 5.14). Counts the processes that were there. */
int cgroup_kill(struct cgroup *cgroup, uint64_t *processes, struct error *err);

/* Stops every process in it where it is, or lets them go on (cgroup.freeze, Linux 5.2). They can be killed while they
 * are stopped. Does not wait. */
int cgroup_freeze(const struct cgroup *cgroup, bool freeze, struct error *err);

/* Waits until every process in it has been stopped, at most `limit_ns`: one that waits for a device takes longer. */
bool cgroup_await_frozen(const struct cgroup *cgroup, int64_t limit_ns);

/* Peaks and counters, as far as the controllers are there. */
void cgroup_measure(const struct cgroup *cgroup, struct outcome *outcome);

/* Waits until it is empty, at most `limit_ns`, and removes it. 0, or -1 when something is left. */
int cgroup_remove(struct cgroup *cgroup, int64_t limit_ns, struct error *err);
