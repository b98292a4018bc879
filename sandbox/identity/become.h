/* Gives up root: credentials(7).
 * Runs in: launcher, command */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* Becomes the user `name`, for good: primary group only, no capability, uid and gid in all their forms; then HOME,
 * USER, LOGNAME and SHELL say so, and what the environment says of the old user's session goes. Called by root before
 * anything is opened on the user's behalf. By anybody else it does nothing where `name` is who one is already, and is
 * refused otherwise. A user with uid 0 is none. Looks afterwards whether a way back is left. */
int become_user(const char *name, struct error *err);

/* Root of a sandbox's map becomes a user of its image, for good: groups, gid, uid, and no capability, which
 * no_new_privs, set before, keeps it from getting back. Pipes and the job's own terminal on descriptors 0-2 become the
 * user's, so that it can open /dev/stdout again. */
int become_inside(const struct etc_account *user, struct error *err);
