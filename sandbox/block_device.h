/* The disk that a file lies on. sysfs(5): /sys/dev/block. */
#pragma once

#include "common/error.h"
#include "policy/facts.h"
#include "policy/plan.h"

/* Fills major and minor of `device` with the whole disk behind the file system that `path` lies on: 1. 0 when that is
 * one in memory, which has none. -1: it has one that cannot be seen from here (an overlay, a network file system, btrfs
 * with its own numbers), or `path` cannot be looked at. */
int block_device_of(const char *path, struct plan_device *device, struct error *err);

/* The disks behind the bind mounts of a plan that limits io, the workspace among them, into facts->devices: all that it
 * can read from where it limits reading, those that it can write to where it limits writing. A mount whose disk cannot
 * be told goes into facts->devices_reason, which points into static memory. */
void block_devices_look(const struct plan *plan, struct facts *facts);
