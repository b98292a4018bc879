/* /dev inside: a directory of the scratch file system, mounted read-only, with the few devices that every program
 * expects, own ptys, shared memory and message queues. */
#pragma once

#include "common/error.h"

/* Mounts it at `rootfd`/dev, a root that is not entered yet; `scratch` is the sandbox's scratch file system. The
 * working directory is that /dev afterwards. 0, or -1 with err, which names the device or the mount. pty(7),
 * shm_overview(7), mq_overview(7) */
int dev_mount(int rootfd, int scratch, struct error *err);
