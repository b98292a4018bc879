/* Decides what a job may reach under `network: open`, and what is refused. Pure.
 *
 * The text of the nftables rules and of resolv.conf and the arguments of the network helper are made here and carried
 * out by sandbox/. Implemented in policy/egress/pasta.c, policy/egress/open.c, policy/egress/resolv_conf.c and
 * policy/egress/nftables.c. */
#pragma once

#include "common/error.h"
#include "policy/egress/routes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One entry of `network_open`. */
struct egress_open {
	const char *name;            /* of a refused range, or NULL: `prefix` says what is opened */
	struct egress_prefix prefix; /* of the host's loopback: 127.0.0.1 or ::1 */
	uint16_t port;               /* 0: every port and protocol; else TCP and UDP */
	bool loopback;               /* the host's own loopback, by way of the job's; has a port */
};

/* What one launch carries out. All of it is NULL unless the network is `open` and the host was looked at. */
struct egress {
	struct egress_open *opens; /* as asked for */
	size_t n_opens;
	char *opens_origin; /* of the last of them: the option, or the place in a profile; NULL: unknown */
	char *rules;        /* for `nft -f -`, in the job's network namespace */
	char *resolv_conf;  /* what /etc/resolv.conf says inside */
	char **helper;      /* argv of the helper, NULL-terminated; [0] is an absolute path */
	char *nft;          /* absolute path */
};

/* What the host is like, as far as `open` depends on it; sandbox/network/facts.c looks. */
struct facts_network {
	char *pasta;                 /* absolute path, or NULL: not found */
	char *nft;                   /* the same */
	int tun_errnum;              /* why /dev/net/tun cannot be opened, 0: it can */
	struct egress_routes routes; /* what is this host, and what are its networks */
	char *routes_missing;        /* why that is not known, or NULL: it is */
	char *resolv_conf;           /* the host's, "" when there is none */
};

/* The addresses of a job's own interface, of the gateway it sees and of the resolver that the helper stands in for.
 * RFC 7335 sets 192.0.0.0/29 aside for translation within a host; the IPv6 ones are a local prefix (RFC 4193) that
 * never leaves the namespace. */
#define EGRESS_ADDRESS4 "192.0.0.2"
#define EGRESS_GATEWAY4 "192.0.0.1"
#define EGRESS_RESOLVER4 "192.0.0.3"
#define EGRESS_PREFIX4 "29"
#define EGRESS_ADDRESS6 "fdc0:ffe2:da3::2"
#define EGRESS_GATEWAY6 "fdc0:ffe2:da3::1"
#define EGRESS_RESOLVER6 "fdc0:ffe2:da3::3"
#define EGRESS_NETWORK6 "fdc0:ffe2:da3::/64"

/* Reads NAME, ADDRESS[/PREFIX] or ADDRESS[/PREFIX]:PORT (an IPv6 address with a port in brackets) into *open.
 * Loopback addresses need a port; multicast cannot be opened. */
int egress_open_parse(const char *text, struct egress_open *open, struct error *err);

/* How egress_open_parse() would read it back; `text` has EGRESS_OPEN_TEXT_MAX bytes. */
#define EGRESS_OPEN_TEXT_MAX 64
void egress_open_text(const struct egress_open *open, char *text);

/* The ruleset for these openings on a host with these addresses. The caller frees. NULL when memory ran out. */
char *egress_rules(const struct egress_open *opens, size_t n_opens, const struct facts_network *host);

/* The name of the table, and of the sets and counter in it that egress_denials_parse() reads. */
#define EGRESS_TABLE "cofferdam"

/* resolv.conf for inside, from the host's: its search list and options, our resolver for each family of which the
 * host has one. The caller frees. NULL when memory ran out. */
char *egress_resolv_conf(const char *host);

/* argv for pasta, to be started with the network namespace on descriptor 0 and a pipe for "I am ready" (its pid) on 1.
 * Options that Debian 12's version (2023-03) and later ones have in common. The caller frees with egress_argv_free().
 * NULL when memory ran out. */
char **egress_helper(const char *pasta, const struct egress_open *opens, size_t n_opens);

/* Frees the strings and the vector; NULL may be given. */
void egress_argv_free(char **argv);
/* Frees what is in it and leaves it empty: {0} may be given, and the same one twice. */
void egress_free(struct egress *egress);
