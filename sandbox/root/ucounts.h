/* Caps per-user counters for all inside a user namespace: /proc/sys/user. namespaces(7).
 * Runs in: child */
#pragma once

#include "common/error.h"

/* Caps inotify instances and watches of this user namespace, which count against the caller's own on the host. `proc`
 * is the root of a procfs that is still writable; CAP_SYS_RESOURCE in the namespace is needed. */
int ucounts_limit(int proc, struct error *err);
