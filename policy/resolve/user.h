/* Resolves whom the command is to be, where it is not root of the map or the caller. */
#pragma once

#include "common/error.h"
#include "policy/facts.h"
#include "policy/plan.h"

/* Finds the user that `as` names among the image's, or makes `runner`, into plan->identity.user, and decides whom fresh
 * directories belong to. Refuses what no such user can be for. Without facts of the image's files, a user of that name
 * is taken to be there. After the identity. */
int user_resolve(struct plan *plan, const struct facts *facts, struct error *err);

/* HOME, USER, LOGNAME and SHELL of that user, but for those that the caller has chosen, and a home for one that is
 * made. After the variables, before the mount table is ordered. */
int user_environment(struct plan *plan, struct error *err);
