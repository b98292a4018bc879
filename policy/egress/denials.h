/* Reads what the rules of `network: open` refused, from the output of `nft --json list table`.
 * Pure. */
#pragma once

#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

struct egress_denial {
	char address[46]; /* as text, without a prefix */
	uint16_t port;    /* 0: the protocol has none */
	char protocol[16];
	uint64_t count; /* packets: of TCP, attempts to connect */
};

struct egress_denials {
	struct egress_denial *items; /* the sets in the kernel bound their number */
	size_t n;
	uint64_t total; /* packets, also those whose destination had no room in the sets */
};

/* Reads the text of a JSON document. The caller frees with egress_denials_free(), also after failure. */
int egress_denials_parse(const char *text, size_t len, struct egress_denials *denials, struct error *err);

/* Frees what is in it and leaves it empty: {0} may be given, and the same one twice. */
void egress_denials_free(struct egress_denials *denials);
