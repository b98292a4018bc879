/* Sets up and ends `network: open`: rules, then helper; at the end counters, then the helper's death.
 * Runs in: launcher */
#pragma once

#include "policy/egress/egress.h"
#include "sandbox/network/pasta.h"
#include "sandbox/outcome/outcome.h"

struct network_open {
	int netns;  /* the job's, held open to be read at the end; -1 */
	int userns; /* the one that owns it; -1 */
	struct network_helper helper;
	const struct cgroup *helpers; /* the leaf for both programs, sandbox/cgroup/helpers.h; the caller sets it */
};
#define NETWORK_OPEN_NONE(leaf)                              \
	{                                                    \
		.netns = -1, .userns = -1, .helpers = (leaf) \
	}

/* The launcher's side, while the child waits and its map is written. Takes over `netns`, the child's network namespace.
 * After success the rules are in force and the interface is up. network_open_finish() is due in any case. */
int network_open_start(struct network_open *network, int netns, const struct egress *egress, struct error *err);

/* When every process of the job is gone: reads what was refused into the outcome, with the program `nft` (egress->nft;
 * NULL: nobody wants to know), ends the helper. What is left goes into the outcome's residue. */
void network_open_finish(struct network_open *network, const char *nft, struct outcome *outcome);
