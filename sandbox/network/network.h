/* Sets up the network namespace. network_namespaces(7).
 * Runs in: child */
#pragma once

#include "common/error.h"

/* Brings up lo in the caller's (new) network namespace; it gets 127.0.0.1 and ::1 by itself. */
int network_loopback_up(struct error *err);
