/* Removes what a job with subordinate ids has left, which the caller may not remove.
 * Runs in: helper, supervisor */
#pragma once

#include "common/error.h"
#include "policy/idmap.h"

#include <stdint.h>

/* remove_tree(), as the root of these maps. All that is said there holds: no link is followed, bounded in time, a
 * second call goes on where the first gave up. */
int idmap_remove_tree(const struct idmap *uids, const struct idmap *gids, int dirfd, const char *name,
	int64_t deadline_ns, struct error *err);

/* remove_tree(); and where that is not permitted, idmap_remove_tree() with the map that a job of the caller's has. To
 * be used wherever a job may have written: costs nothing more where every file is the caller's. */
int remove_tree_of_job(int dirfd, const char *name, int64_t deadline_ns, struct error *err);
