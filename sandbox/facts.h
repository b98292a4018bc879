/* Looks at the host for what a plan depends on. */
#pragma once

#include "common/error.h"
#include "policy/facts.h"
#include "policy/plan.h"

/* Fills `facts`; the caller frees *cgroup_parent (may be NULL), the directory for cgroup_create(). Without
 * cgroup_parent no cgroup is looked for, which reads all mounts. */
void facts_look(struct facts *facts, char **cgroup_parent);

/* The part that only identity subuid needs: facts->idmap, with `idmap` behind it; the caller frees that with
 * facts_idmap_free(), also after failure. */
int facts_look_for_identity(struct facts *facts, const struct plan *plan, struct facts_idmap *idmap, struct error *err);

/* After facts_look(): what depends on what the plan asks for. A cgroup given by hand takes the place of the one that
 * was found. Where limits are asked for that a cgroup enforces, it is tried whether it can be had (not for a dry run),
 * and the disks behind the mounts are looked up. Before plan_resolve(). */
void facts_look_for(const struct plan *plan, struct facts *facts, char **cgroup_parent);
