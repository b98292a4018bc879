/* Masks parts of /sys, where a mount shows them.
 * Runs in: child, command */
#pragma once

#include "policy/plan.h"
#include "sandbox/root/mask.h"

#include <stdint.h>

/* After this line of the mount table was attached. Covers what container runtimes cover, and what lies below it is not
 * asked for by its own name: firmware tables, power and thermal counters, which tell what others compute
 * (CVE-2020-8694, GHSA-6fw5-f8r9-fgfm). Costs nothing for a source outside of /sys. */
int sysfs_mask(const struct plan_mount *mount, struct mask *mask, int rootfd, struct error *err);

/* From inside, where `rootfd` is the root: adds to *uncovered how many of these there are that are not covered
 * (statx(2), Linux 5.8). */
int sysfs_inspect(const struct plan_mount *mount, int rootfd, uint64_t *uncovered, struct error *err);
