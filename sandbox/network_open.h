/* `network: open`, in order: the rules, then the helper; at the end the counters, then the helper's death. */
#pragma once

#include "policy/plan.h"
#include "sandbox/network_helper.h"
#include "sandbox/outcome.h"

struct network_open {
	int netns;  /* the job's, held open to be read at the end; -1 */
	int userns; /* the one that owns it; -1 */
	struct network_helper helper;
};
#define NETWORK_OPEN_NONE                 \
	{                                 \
		.netns = -1, .userns = -1 \
	}

/* The launcher's side, while the child waits and its map is written. Takes over `netns`, the child's network namespace.
 * After success the rules are in force and the interface is up. network_open_finish() is due in any case. */
int network_open_start(struct network_open *network, int netns, const struct plan *plan, struct error *err);

/* When every process of the job is gone: reads what was refused into the outcome, if anybody wants to know, ends the
 * helper. What is left goes into the outcome's residue. */
void network_open_finish(struct network_open *network, const struct plan *plan, struct outcome *outcome);
