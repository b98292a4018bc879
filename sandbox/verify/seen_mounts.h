/* Compares the mounts of a sandbox, from /proc/self/mountinfo, with the mount table of the plan. Pure.
 * Runs in: command */
#pragma once

#include "policy/plan.h"
#include "sandbox/verify/seen.h"

#include <stdint.h>

/* ids[i]: of the mount whose root is the target of row i (statx(2), Linux 5.8), or 0. Takes into `seen` how many mounts
 * there are, how many of them lie at "/", are writable where neither the plan nor sandbox/ makes them so, and lack a
 * nosuid, nodev or noexec that they are to have; what sandbox/ always mounts and is not there is added to the missing.
 * `mountinfo` is taken apart. Without memory nothing is seen. */
void seen_mounts(const struct plan_root *root, const uint64_t *ids, char *mountinfo, struct seen_values *seen);
