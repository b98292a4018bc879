/* /dev inside: a tmpfs with the few devices that every program expects, own ptys, shared memory and message queues. */
#pragma once

#include "common/error.h"

int dev_mount(int rootfd, struct error *err);
