/* Shows the job its own cgroup, read-only, at /sys/fs/cgroup. cgroup_namespaces(7).
 *
 * Runtimes size themselves by what they read there (memory.max, cpu.max): JVM, Go 1.25, .NET, libuv. Without it they
 * count the host's processors and memory, and are killed at a limit that they do not know.
 * Runs in: child */
#pragma once

#include "policy/plan.h"

#define CGROUPFS_PATH "/sys/fs/cgroup"

/* Mounts it below `rootfd`, a root that is not entered yet, whose mount table is attached. The caller must be in a
 * cgroup namespace of its own, whose root is what is shown: nothing above it and beside it. The mount is read-only and
 * nobody inside can change that, so no process can be moved and none killed by it. Where the table has something there
 * itself, hides it, or shows a directory of the host's in which nothing can be made, that stays as it is. */
int cgroupfs_mount(int rootfd, const struct plan_root *root, struct error *err);
