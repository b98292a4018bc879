/* Asks the kernel for the addresses and routes of the current network namespace. rtnetlink(7).
 * Runs in: launcher, supervisor */
#pragma once

#include "policy/egress/routes.h"

/* Fills *routes, which is {0}: addresses of all interfaces, routes of all tables, both families. Not by whole messages
 * only: what was cut off, changed while it was read (again and again), or is more than there is room for is an error.
 * egress_routes_free() is due also after failure. */
int rtnetlink_ask(struct egress_routes *routes, struct error *err);
