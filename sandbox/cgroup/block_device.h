/* Finds the block device that a file lies on. sysfs(5): /sys/dev/block.
 * Runs in: launcher */
#pragma once

#include "policy/facts.h"
#include "policy/plan.h"

/* Where the limits are of io, the disks behind the bind mounts, the workspace (or NULL) among them, into
 * facts->devices: all that the job can read from where reading is limited, those that it can write to where writing is.
 * A mount whose disk cannot be told goes into facts->devices_reason, which points into static memory. */
void block_devices_detect(
	const struct plan_limits *limits, const char *workspace, const struct plan_root *root, struct facts *facts);
