/* Sends the launcher the descriptors by which it inspects a sandbox, before the job starts.
 * The descriptors stay with the launcher; no job ever has one.
 * Runs in: child */
#pragma once

#include "common/error.h"
#include "sandbox/root/layers.h"

/* In the child, while the host's /proc is still there: sends what the launcher needs where
 * plan_keeps_scratch(). */
int pinned_send(const struct layers *layers, int sock, struct error *err);
