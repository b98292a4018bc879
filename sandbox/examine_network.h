/* What `network: open` needs of a host, one row each: pasta, nft, /dev/net/tun, addresses and routes. */
#pragma once

#include "policy/facts.h"
#include "sandbox/examine.h"

/* When the profile asks for it: looks into *network, which facts->network then points to, and adds the rows. A profile
 * that cannot be loaded is told elsewhere. */
void examine_network(struct examination *exam, const char *profile, struct facts_network *network, struct facts *facts);
