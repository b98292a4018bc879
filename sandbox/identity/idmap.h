/* Writes id maps with more than the caller's own id, by newuidmap(1) and newgidmap(1).
 * Implemented in sandbox/identity/idmap.c and sandbox/identity/idmap_facts.c. user_namespaces(7).
 * Runs in: launcher, child, helper, supervisor */
#pragma once

#include "common/error.h"
#include "policy/idmap.h"

#include <sys/types.h>

/* Looks at what idmap_decide() needs to know about the host. Reads a few files; called only where subordinate ids are
 * asked for. The caller frees with facts_idmap_free(), also after failure. */
int facts_idmap_detect(struct facts_idmap *facts, struct error *err);
void facts_idmap_free(struct facts_idmap *facts);

/* Writes both maps of the process `pid`, which is alone in a new user namespace, dumpable (or its /proc directory is
 * not ours, which newuidmap looks at), and waits. Bounded in time. From outside: in the namespace nobody may. */
int idmap_write(pid_t pid, const struct idmap *uids, const struct idmap *gids, struct error *err);

/* In that process, afterwards: becomes uid and gid 0 and gives up every supplementary group. That works because
 * newgidmap leaves setgroups(2) allowed where the administrator has granted a range of gids (subgid(5)). */
int idmap_become_root(struct error *err);
