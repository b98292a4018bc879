/* Decides which ids a job has: the id maps of its user namespace. user_namespaces(7). Pure.
 *
 * With identity subuid, root inside (0) is the caller's own id outside; ids 1 to 65535 inside are subordinate ids. So
 * what root writes into a workspace belongs to the caller, and what the job's other users write belongs to nobody else
 * on the host. The last id of the range stays out of every map: a job sees a file with that owner as owned by an id
 * that it can neither assume nor override.
 */
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* As many ids as programs count on: nobody and nogroup are 65534. */
#define IDMAP_IDS 65536u
#define IDMAP_EXTENTS_MAX 16

struct idmap_extent {
	uint32_t inside, outside, count;
};

struct idmap {
	struct idmap_extent extents[IDMAP_EXTENTS_MAX];
	unsigned n;
	uint32_t spare; /* outside: the caller's by range, mapped nowhere */
};

/* What the host has for it; sandbox/identity/idmap_facts.c looks. */
enum idmap_program_state {
	IDMAP_PROGRAM_MISSING,
	IDMAP_PROGRAM_POWERLESS, /* neither setuid root nor with file capabilities */
	IDMAP_PROGRAM_NOSUID,    /* its file system takes both away */
	IDMAP_PROGRAM_OK,
};

struct facts_idmap {
	char *user;    /* the caller's name, or NULL: it has none */
	gid_t primary; /* the group that the user database gives the caller: newgidmap(1) maps no other */
	char *subuid;  /* text of /etc/subuid; "" where there is none */
	char *subgid;
	char *parent_uids; /* text of /proc/self/uid_map: what the caller's own namespace has */
	char *parent_gids;
	enum idmap_program_state newuidmap, newgidmap;
	bool no_new_privs; /* set around us: no program can gain anything */
};

/* Decides both maps, or refuses with the reason and the remedy: down to the line that /etc/subuid lacks, with a range
 * that nobody has. */
int idmap_decide(const struct facts_idmap *facts, uid_t uid, gid_t gid, struct idmap *uids, struct idmap *gids,
	struct error *err);

/* Its three parts, for who wants to know all that is wrong: whether maps can be written at all, and each map. */
int idmap_check_programs(const struct facts_idmap *facts, gid_t gid, struct error *err);
int idmap_decide_uids(const struct facts_idmap *facts, uid_t uid, struct idmap *map, struct error *err);
int idmap_decide_gids(const struct facts_idmap *facts, uid_t uid, gid_t gid, struct idmap *map, struct error *err);
