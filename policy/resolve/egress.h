/* Resolves `network: open` on this host: refused by name, missing by consent, or planned for sandbox/. */
#pragma once

#include "common/error.h"
#include "policy/facts.h"
#include "policy/plan.h"

/* What to do where /dev/net/tun cannot be opened: a permission is no missing module. Static text. */
const char *egress_tun_remedy(int errnum);

/* Checks what was asked for against the host and fills plan->egress. Where the host lacks something and `network` is in
 * allow_degraded, the network becomes `none`: less than asked for, never the host's. facts->network NULL: the host
 * was not looked at; then nothing is filled, and such a plan cannot be launched. */
int egress_resolve(struct plan *plan, const struct facts *facts, struct error *err);
