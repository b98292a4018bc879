/* Handles IP addresses and networks, and sets of them. Pure. */
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An address with the length of its prefix. */
struct egress_prefix {
	int family;        /* AF_INET or AF_INET6 */
	uint8_t bytes[16]; /* network byte order; 4 or 16 of them count */
	uint8_t length;    /* 0 to 32, or to 128 */
};

/* The most that a set may hold. It is what nft(8) is given as elements: without a privilege of the host's it cannot
 * make room in its socket for many more. */
#define EGRESS_PREFIXES_MAX 512

struct egress_prefixes {
	struct egress_prefix *items;
	size_t n, room;
};

/* 32 or 128. */
unsigned egress_address_bits(int family);

/* Whether every address of `other` is one of `prefix`'s. */
bool egress_prefix_covers(const struct egress_prefix *prefix, const struct egress_prefix *other);

/* Adds one; its bits behind the prefix need not be 0. An error when memory runs out or the set is too large. */
int egress_prefixes_add(struct egress_prefixes *set, const struct egress_prefix *prefix, struct error *err);

/* Sorts the set and drops what another element covers: sets of the same addresses added in another order are equal. */
void egress_prefixes_normalize(struct egress_prefixes *set);

/* Frees the elements and leaves the set empty: {0} may be given, and the same one twice. */
void egress_prefixes_free(struct egress_prefixes *set);
