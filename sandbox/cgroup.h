/* cgroup v2: one leaf per sandbox in a subtree that was delegated to us. cgroups(7),
 * Documentation/admin-guide/cgroup-v2.rst. */
#pragma once

#include "common/error.h"
#include "policy/facts.h"
#include "policy/plan.h"
#include "sandbox/outcome.h"

struct cgroup {
	int dirfd;  /* of the leaf; -1: there is none */
	char *path; /* of the leaf; owned */
};

/* Looks for a directory in which a leaf can be made, and for the controllers it could have. Changes nothing. `parent`
 * gets its path (owned by the caller) or NULL; fills the cgroup fields of `facts`. */
void cgroup_look(struct facts *facts, char **parent);

/* Where the leaf of the job `id` lies below `parent`. The caller frees it; NULL when memory ran out. */
char *cgroup_leaf_path(const char *parent, const char *id);

/* Makes the leaf "cofferdam-<id>" below `parent`, enables the controllers that the plan needs and writes the limits.
 * Processes that sit in `parent` itself are moved to a leaf "launcher" first: a cgroup with controllers may hold none.
 * That leaf and the controllers stay; on failure nothing else is left. */
int cgroup_create(struct cgroup *cgroup, const char *parent, const struct plan *plan, struct error *err);

/* Kills everything in it (cgroup.kill, Linux 5.14). Counts the processes that were there. */
int cgroup_kill(struct cgroup *cgroup, uint64_t *processes, struct error *err);

/* Peaks and counters, as far as the controllers are there. */
void cgroup_measure(const struct cgroup *cgroup, struct outcome *outcome);

/* Waits until it is empty, at most `limit_ns`, and removes it. 0, or -1 when something is left. */
int cgroup_remove(struct cgroup *cgroup, int64_t limit_ns, struct error *err);
