/* Examines what identity subuid requires of this host.
 * Runs in: launcher */
#pragma once

#include "policy/facts.h"
#include "sandbox/doctor/examination.h"

#include <stdbool.h>

/* For subordinate ids: one row for the programs, one for each of the two files. Whether the identity can be had; then
 * facts->idmap is set, with `idmap` behind it. The caller frees that with facts_idmap_free().
 */
bool examine_identity(
	struct examination *exam, enum plan_identity_kind kind, struct facts *facts, struct facts_idmap *idmap);
