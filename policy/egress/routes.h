/* Derives "this host" and "its networks" from addresses and routes, as sets of prefixes.
 * Pure: sandbox/network/rtnetlink.c asks the kernel, this reads the bytes of rtnetlink(7). */
#pragma once

#include "policy/egress/prefix.h"

/* Reading more than these would take longer than a launch may: a router with a table of the whole internet. */
#define EGRESS_ROUTES_MAX 262144

/* A network on a link that is this wide is no neighbourhood: a tunnel's 0.0.0.0/0 or 0.0.0.0/1 leads to the internet
 * and must not refuse it. */
#define EGRESS_LAN_LEAST4 8
#define EGRESS_LAN_LEAST6 32

/* A nexthop object (ip-nexthop(8)), or one member of a group of them. */
struct egress_nexthop {
	uint32_t id, member; /* member 0: not a group */
	bool direct;         /* without a gateway */
};

struct egress_routes {
	/* What this host answers to: addresses of its interfaces, and local, anycast and broadcast routes. A local
	 * route for every address counts in the tables that every packet is looked up in; in others it is the means of
	 * a transparent proxy for packets that are marked. */
	struct egress_prefixes host;
	/* What is on its links: the networks of its interfaces, peers, routes without a gateway, and the gateways.
	 * Loopback, link-local and multicast are ranges of their own and left out. */
	struct egress_prefixes lan;
	struct egress_nexthop *nexthops;
	size_t n_nexthops, n_routes;
	bool changed; /* while it was read (NLM_F_DUMP_INTR): read it again */
};

/* Reads one datagram of answers to a dump with this sequence number: RTM_NEWADDR, RTM_NEWNEXTHOP and RTM_NEWROUTE, the
 * nexthops before the routes that name them; other messages are passed over. 1: the dump is complete; 0: more is to
 * come; -1: the kernel's error, what is malformed, or more than there is room for. */
int egress_routes_read(
	struct egress_routes *routes, const void *bytes, size_t len, uint32_t sequence, struct error *err);

/* When all was read: both sets are sorted, without repetitions, and small enough. */
int egress_routes_normalize(struct egress_routes *routes, struct error *err);

/* Frees what is in it and leaves it empty: {0} may be given, and the same one twice. */
void egress_routes_free(struct egress_routes *routes);
