/* Keeps multicast and broadcast in the network namespace: routes them to lo. rtnetlink(7).
 *
 * What is sent to a group without naming an interface goes the way of the route. By the default route that would be
 * out, where the rules refuse it: here it reaches the listeners of the job's own and nobody else. Runs in: child */
#pragma once

#include "common/error.h"

/* Adds the routes of 224.0.0.0/4, 255.255.255.255 and ff00::/8 to the caller's (new) network namespace, in which lo is
 * up. A kernel without IPv6 has no use for the last. */
int network_groups_inside(struct error *err);
