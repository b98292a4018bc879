/* Shows a device of the host that the plan grants.
 * Runs in: child */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* Binds each device at its name below the current directory, which is the new /dev and nobody else's. Refused, by
 * name: one that is not there, that is another device than its name says, that this process may not open for reading
 * and writing, or that lies on a nodev mount. The process has the ids and groups of the job. The name is the
 * kernel's in sysfs: where that cannot be read, and for a driver without a device class (NVIDIA's), the numbers alone
 * are compared (device_matches()). 0, or -1 with err. */
int device_bind_granted(const struct plan_granted *granted, size_t n, struct error *err);
