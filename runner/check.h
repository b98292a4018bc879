/* The check before anything is registered: whether both kinds of sandbox can be made on this host. */
#pragma once

#include "common/error.h"
#include "runner/supervisor.h"

/* Makes a listener sandbox and a job sandbox as they will be, with /bin/true in them. What the launcher says is logged.
 */
int check_sandboxes(struct supervisor *supervisor, struct error *err);
