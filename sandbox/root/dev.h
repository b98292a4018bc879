/* Sets up /dev: a read-only directory of the scratch file system.
 * It has the few devices that every program expects, ptys of its own, shared memory and message queues.
 * Runs in: child */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* Mounts it at `rootfd`/dev, a root that is not entered yet; `scratch` is the sandbox's scratch file system,
 * `granted` are devices that the plan grants. The
 * working directory is that /dev afterwards. 0, or -1 with err, which names the device or the mount. pty(7),
 * shm_overview(7), mq_overview(7) */
int dev_mount(int rootfd, int scratch, const struct plan_granted *granted, size_t n_granted, struct error *err);
