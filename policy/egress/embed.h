/* Converts between IPv4 addresses and the IPv6 addresses that embed them.
 *
 * NAT64 (64:ff9b::/96, RFC 6052) and 6to4 (2002::/16, RFC 3056) embed an IPv4 address. A router on the way may extract
 * it, and the IPv4 address receives the packet. */
#pragma once

#include <stdint.h>
#include <stdio.h>

/* Writes the two that stand for an IPv4 network as elements of an nftables set, the first behind `separator`. */
void egress_embed(FILE *out, const char *separator, const uint8_t ip4[4], unsigned length);

/* The same for a list of elements of an nftables set, "A, A/N, A-B", behind others. The list is one of ours. */
void egress_embed_list(FILE *out, const char *ip4);

/* The IPv4 address inside the 16 bytes of an IPv6 one, a pointer into them; NULL: there is none. */
const uint8_t *egress_embedded(const uint8_t *ip6);
