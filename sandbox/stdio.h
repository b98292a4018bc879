/* Descriptors 0-2, and those that are kept by name: what of the caller's a job gets. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* Which of 0-2 are terminals, as bits 1 << fd. */
unsigned stdio_terminals(void);

/* In the launcher, first thing: refuses what must not reach a job. A directory, through which it could walk out of its
 * root (CVE-2024-21626); what is open as a path only, since the job could open it for more; a terminal that was to be
 * kept by name, for only 0-2 are relayed. */
int stdio_check(const struct plan *plan, struct error *err);
