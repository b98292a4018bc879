/* Which ids outside the files of a tree have: those of the caller's jobs when it was made. */
#pragma once

#include "common/error.h"

#include <stdbool.h>

/* The map of the caller's jobs with subordinate ids, in words: "uids INSIDE:OUTSIDE:COUNT,… gids …". The caller frees;
 * NULL with err: there is none. */
char *image_map_here(struct error *err);

/* Refuses the tree trees/TREE, open as `treefd`, whose files have other ids than the caller's jobs have now:
 * /etc/subuid has changed, or the store is another host's. 0 where it is not known of the tree, or there are no such
 * ids here, which jobs that need them are refused for. */
int image_map_check(int treefd, const char *tree, struct error *err);
