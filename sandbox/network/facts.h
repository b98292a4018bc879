/* Inspects this host for `network: open`.
 * Runs in: launcher, supervisor */
#pragma once

#include "policy/egress/egress.h"

/* Looks for the two programs in the directories where distributions put them (no PATH: it is the caller's), tries to
 * open /dev/net/tun, asks for addresses and routes, and reads /etc/resolv.conf. An error only when memory runs out;
 * what else is missing is in *facts. network_facts_free() is due also after failure. */
int network_facts_detect(struct facts_network *facts, struct error *err);

/* Frees what is in it and leaves it empty: {0} may be given, and the same one twice. */
void network_facts_free(struct facts_network *facts);
