/* Checks, before a runner is registered, that both kinds of sandbox can be created on this host. */
#pragma once

#include "common/error.h"
#include "runner/config/context.h"

/* -1 is a failure that may not recur; -2: no job can run with the profile on this host, or with this installation. */
#define CHECK_MISCONFIGURED (-2)

/* Runs /bin/true in a listener sandbox and in a job sandbox, set up as for the runner. Logs the launcher's messages. 0,
 * -1 or CHECK_MISCONFIGURED. */
int check_sandboxes(struct supervisor *supervisor, struct error *err);

/* Checks that the launcher accepts the profile of each pool, and decides the places of its jobs (runner/config/world.h)
 * in supervisor->worlds, which held none. Called before anything is done, since a restart does not help. -1 with the
 * launcher's message. A stop meanwhile is no error.
 */
int check_profiles(struct supervisor *supervisor, struct error *err);

/* Checks the pools' sandboxes as check_sandboxes() does, while slots run. */
int check_pools(struct supervisor *supervisor, struct error *err);
