/* Inspects the host for what a plan depends on.
 * Runs in: launcher */
#pragma once

#include "common/error.h"
#include "policy/facts.h"
#include "policy/plan.h"

#include <stdbool.h>

/* Fills `facts`; the caller frees *cgroup_parent (may be NULL), the directory for cgroup_create(). Without
 * cgroup_parent no cgroup is looked for, which reads all mounts. */
void facts_detect(struct facts *facts, char **cgroup_parent);

/* The part that only identity subuid needs: facts->idmap, with `idmap` behind it; the caller frees that with
 * facts_idmap_free(), also after failure. */
int facts_detect_identity(
	enum plan_identity_kind kind, struct facts *facts, struct facts_idmap *idmap, struct error *err);

/* After facts_detect() and before plan_resolve(). A cgroup given `by_hand` (NULL: none is) takes the place of the one
 * that was found. With `tried` a leaf with the controllers of the limits is made there for proof. */
void facts_detect_cgroup(
	const char *by_hand, const struct plan_limits *limits, bool tried, struct facts *facts, char **cgroup_parent);
