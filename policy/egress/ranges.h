/* Names the ranges that `network: open` refuses. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* One of such a list: "A", "A/N" or "A-B". */
struct egress_element {
	uint8_t first[16], last[16]; /* network byte order; of an IPv4 one 4 bytes count */
	unsigned length;             /* of the prefix; 0: it is "A-B" */
};

/* Reads the element that *list begins with, and moves *list on. False: there is no more. */
bool egress_element_next(const char **list, int family, struct egress_element *element);

/* The range that has this address of 4 or 16 bytes, NULL: it is a public one, as far as the elements tell. An IPv4
 * address inside an IPv6 one counts as what it is (policy/egress/embed.h). */
const struct egress_range *egress_range_of(int family, const uint8_t *address);
