/* Resolves which files of /etc are made for the sandbox, with which text, and where they lie. */
#pragma once

#include "common/error.h"
#include "policy/facts.h"
#include "policy/plan.h"

/* Fills plan->etc. Needs the identity, the host name, the network, the variables and the mount table, in its order. A
 * file that the mount table has a row for stays as that row says. An /etc of the caller's own (another directory, or a
 * writable one) stays as it is, but for resolv.conf of `network: open`. What reads as the root has it already is not
 * made. */
int etc_resolve(struct plan *plan, const struct facts *facts, struct error *err);
