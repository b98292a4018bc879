/* What this host lacks for identity subuid. */
#pragma once

#include "policy/facts.h"
#include "sandbox/examine.h"

#include <stdbool.h>

/* Where the profile asks for it: one row for the programs, one for each of the two files. Whether the profile's
 * identity can be had; then facts->idmap is set, with `idmap` behind it. The caller frees that with facts_idmap_free().
 */
bool examine_identity(struct examination *exam, const char *profile, struct facts *facts, struct facts_idmap *idmap);
