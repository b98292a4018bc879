/* /dev inside: a tmpfs with the few devices that every program expects, own ptys, shared memory and message queues. */
#pragma once

#include "common/error.h"
#include "sandbox/layers.h"

int dev_mount(int rootfd, const struct layers *layers, struct error *err);
