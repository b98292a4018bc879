/* The ranges that `network: open` refuses, by name. */
#pragma once

#include <stddef.h>

enum egress_order {
	EGRESS_SINGLED_OUT, /* refused even where a range around it is opened */
	EGRESS_RANGE,
};

struct egress_range {
	const char *name; /* as in `network_open` */
	enum egress_order order;
	const char *ip4;    /* elements of an nftables set, or NULL */
	const char *ip6;    /* the same, without those that stand for an IPv4 address */
	const char *closed; /* set: cannot be opened by name; says why */
};

/* "host" and "lan" have no elements here: they are the host's addresses and the networks on its interfaces. */
extern const struct egress_range egress_ranges[];
extern const size_t egress_ranges_count;

/* The range of that name, one of the table above; NULL: there is none. */
const struct egress_range *egress_range_find(const char *name);
