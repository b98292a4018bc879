/* Resolves where a path that is to be hidden must exist. */
#pragma once

#include "policy/plan.h"

/* Marks each line of the mount table that hides a path as optional, but where it lies in a writable mount of the
 * host's: what does not exist there could be made later, by the job or by others, and would be seen. In a fresh
 * directory or a layer it could be the job's only. The table is in its order already. */
void hide_resolve(struct plan *plan);
