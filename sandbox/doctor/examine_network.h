/* Examines what `network: open` requires: pasta, nft, /dev/net/tun, addresses and routes, a row each.
 * Runs in: launcher */
#pragma once

#include "policy/facts.h"
#include "sandbox/doctor/examination.h"

/* For a launch with such a network: looks into *network, which facts->network then points to, and adds the rows. What
 * is not there has the state `missing`. */
void examine_network(
	struct examination *exam, enum probe_state missing, struct facts_network *network, struct facts *facts);
