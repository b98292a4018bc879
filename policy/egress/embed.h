/* IPv4 addresses inside IPv6 ones: NAT64's (64:ff9b::/96, RFC 6052) and 6to4's (2002::/16, RFC 3056). A router on the
 * way may take them apart again, and the IPv4 address gets the packet. */
#pragma once

#include <stdint.h>
#include <stdio.h>

/* Writes the two that stand for an IPv4 network as elements of an nftables set, the first behind `separator`. */
void egress_embed(FILE *out, const char *separator, const uint8_t ip4[4], unsigned length);

/* The same for a list of elements of an nftables set, "A, A/N, A-B", behind others. The list is one of ours. */
void egress_embed_list(FILE *out, const char *ip4);
