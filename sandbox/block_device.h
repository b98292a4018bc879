/* The disk that a file lies on. sysfs(5): /sys/dev/block. */
#pragma once

#include "policy/facts.h"
#include "policy/plan.h"

/* The disks behind the bind mounts of a plan that limits io, the workspace among them, into facts->devices: all that it
 * can read from where it limits reading, those that it can write to where it limits writing. A mount whose disk cannot
 * be told goes into facts->devices_reason, which points into static memory. */
void block_devices_look(const struct plan *plan, struct facts *facts);
