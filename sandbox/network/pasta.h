/* Runs the network helper of one job: pasta(1), below a keeper that dies with the launcher.
 *
 * The keeper is PID 1 of a PID namespace of its own, so the kernel ends the helper, whatever becomes of the launcher.
 * The helper alone would stay: it holds the job's network namespace open, and a parent-death signal does not survive
 * its changes of identity.
 * Runs in: launcher, helper */
#pragma once

#include "common/error.h"
#include "sandbox/cgroup/cgroup.h"

#include <stdbool.h>
#include <sys/types.h>

struct network_helper {
	pid_t keeper; /* a child of the launcher, or 0 */
	bool ready;   /* network_helper_start() has succeeded */
};

/* Starts argv[0] in the user namespace `userns`, whose owner we are, and in our own network namespace, with `netns` as
 * descriptor 0, and in the leaf `helpers` where there is one. Returns when it has written its pid to descriptor 1, that
 * is, when the interface is up; else -1 with what it said. network_helper_stop() is due also after failure. */
int network_helper_start(struct network_helper *helper, int userns, int netns, const struct cgroup *helpers,
	char *const argv[], struct error *err);

/* Kills the keeper, and with it the helper; returns when both are gone. *lost: it had been ready, and had ended before.
 */
int network_helper_stop(struct network_helper *helper, bool *lost, struct error *err);
