/* Gives up root: credentials(7).
 * Runs in: launcher */
#pragma once

#include "common/error.h"

/* Becomes the user `name`, for good: primary group only, no capability, uid and gid in all their forms; then HOME,
 * USER, LOGNAME and SHELL say so, and what the environment says of the old user's session goes. Called by root before
 * anything is opened on the user's behalf. By anybody else it does nothing where `name` is who one is already, and is
 * refused otherwise. A user with uid 0 is none. Looks afterwards whether a way back is left. */
int become_user(const char *name, struct error *err);
