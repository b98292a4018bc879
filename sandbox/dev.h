/* /dev inside: a directory of the scratch file system, mounted read-only, with the few devices that every program
 * expects, own ptys, shared memory and message queues. */
#pragma once

#include "common/error.h"

int dev_mount(int rootfd, int scratch, struct error *err);
