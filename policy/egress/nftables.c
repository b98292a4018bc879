#include "common/cleanup.h"
#include "policy/egress/egress.h"
#include "policy/egress/embed.h"
#include "policy/egress/ranges.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define PORTS "meta l4proto { tcp, udp } th dport"

/* A set with the prefixes of one family. An IPv4 one is in the set of the other family too, in each form that it has
 * there. */
static void put_set(FILE *out, const char *set, int family, const struct egress_prefixes *prefixes)
{
	const char *separator = "\t\telements = { ";

	fprintf(out, "\tset %s%c {\n\t\ttype %s; flags interval; auto-merge;\n", set, family == AF_INET ? '4' : '6',
		family == AF_INET ? "ipv4_addr" : "ipv6_addr");
	for (size_t i = 0; i < prefixes->n; i++) {
		const struct egress_prefix *prefix = &prefixes->items[i];
		char text[INET6_ADDRSTRLEN] = "";

		if (family == AF_INET && prefix->family != AF_INET)
			continue;
		fputs(separator, out);
		if (prefix->family == family)
			fprintf(out, "%s/%u", inet_ntop(family, prefix->bytes, text, sizeof text), prefix->length);
		else
			egress_embed(out, "", prefix->bytes, prefix->length);
		separator = ", ";
	}
	fputs(*separator == ',' ? " }\n\t}\n" : "\t}\n", out);
}

static void put_sets(FILE *out, const struct facts_network *host)
{
	put_set(out, "host", AF_INET, &host->routes.host);
	put_set(out, "host", AF_INET6, &host->routes.host);
	put_set(out, "lan", AF_INET, &host->routes.lan);
	put_set(out, "lan", AF_INET6, &host->routes.lan);
	/* What was refused, for the report. Bounded: a job can make up any number of destinations. */
	fputs("\tset refused4 { type ipv4_addr . inet_proto . inet_service; size 256; flags dynamic; }\n"
	      "\tset refused6 { type ipv6_addr . inet_proto . inet_service; size 256; flags dynamic; }\n"
	      "\tset other4 { type ipv4_addr . inet_proto; size 64; flags dynamic; }\n"
	      "\tset other6 { type ipv6_addr . inet_proto; size 64; flags dynamic; }\n"
	      "\tcounter refused { }\n",
		out);
}

static bool is_open(const char *name, const struct egress_open *opens, size_t n_opens)
{
	for (size_t i = 0; i < n_opens; i++)
		if (opens[i].name != NULL && strcmp(opens[i].name, name) == 0)
			return true;
	return false;
}

static void put_range(FILE *out, const struct egress_range *range, const char *verdict)
{
	if (range->ip4 == NULL) {
		fprintf(out, "\t\tip daddr @%s4 %s\n\t\tip6 daddr @%s6 %s\n", range->name, verdict, range->name,
			verdict);
		return;
	}
	fprintf(out, "\t\tip daddr { %s } %s\n", range->ip4, verdict);
	fprintf(out, "\t\tip6 daddr { %s", range->ip6);
	egress_embed_list(out, range->ip4);
	fprintf(out, " } %s\n", verdict);
}

static bool is_network(const struct egress_prefix *prefix)
{
	return prefix->length < egress_address_bits(prefix->family);
}

static void put_address(FILE *out, const struct egress_open *open)
{
	const struct egress_prefix *prefix = &open->prefix;
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(prefix->family, prefix->bytes, text, sizeof text);
	fprintf(out, "\t\t%s daddr %s/%u", prefix->family == AF_INET ? "ip" : "ip6", text, prefix->length);
	if (open->port != 0)
		fprintf(out, " " PORTS " %u", open->port);
	fputs(" accept\n", out);
}

/* Single addresses, or the networks. */
static void put_addresses_opened(FILE *out, bool networks, const struct egress_open *opens, size_t n_opens)
{
	for (size_t i = 0; i < n_opens; i++)
		if (opens[i].name == NULL && !opens[i].loopback && is_network(&opens[i].prefix) == networks)
			put_address(out, &opens[i]);
}

/* What is singled out is decided before the ranges and networks around it, opened or not; of the ranges those that are
 * opened come first, so that an address in two of them is open when one of them is. */
static void put_ranges(FILE *out, const struct egress_open *opens, size_t n_opens)
{
	for (size_t i = 0; i < egress_ranges_count; i++)
		if (egress_ranges[i].order == EGRESS_SINGLED_OUT)
			put_range(out, &egress_ranges[i],
				is_open(egress_ranges[i].name, opens, n_opens) ? "accept" : "goto refuse");
	put_addresses_opened(out, true, opens, n_opens);
	for (size_t i = 0; i < egress_ranges_count; i++)
		if (egress_ranges[i].order == EGRESS_RANGE && is_open(egress_ranges[i].name, opens, n_opens))
			put_range(out, &egress_ranges[i], "accept");
	for (size_t i = 0; i < egress_ranges_count; i++)
		if (egress_ranges[i].order == EGRESS_RANGE && !is_open(egress_ranges[i].name, opens, n_opens))
			put_range(out, &egress_ranges[i], "goto refuse");
}

static bool has_loopback(int family, uint16_t port, const struct egress_open *opens, size_t n_opens)
{
	for (size_t i = 0; i < n_opens; i++)
		if (opens[i].loopback && opens[i].prefix.family == family && opens[i].port == port)
			return true;
	return false;
}

/* The helper listens on both loopback addresses of the job for a port: the one that was not opened is refused. */
static void put_loopback(FILE *out, const struct egress_open *opens, size_t n_opens)
{
	for (size_t i = 0; i < n_opens; i++) {
		if (!opens[i].loopback)
			continue;
		if (!has_loopback(AF_INET, opens[i].port, opens, n_opens))
			fprintf(out, "\t\tip daddr 127.0.0.0/8 " PORTS " %u goto refuse\n", opens[i].port);
		if (!has_loopback(AF_INET6, opens[i].port, opens, n_opens))
			fprintf(out, "\t\tip6 daddr ::1 " PORTS " %u goto refuse\n", opens[i].port);
	}
	fputs("\t\toifname \"lo\" accept\n", out);
}

static void put_output(FILE *out, const struct egress_open *opens, size_t n_opens)
{
	fputs("\tchain output {\n\t\ttype filter hook output priority filter; policy drop;\n", out);
	put_loopback(out, opens, n_opens);
	/* The kernel's own: neighbours are looked for, groups and routers need not be. */
	fputs("\t\tip6 hoplimit 255 icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n"
	      "\t\ticmpv6 type { nd-router-solicit, mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report } drop\n"
	      "\t\tip protocol igmp drop\n"
	      "\t\tip daddr " EGRESS_RESOLVER4 " " PORTS " 53 accept\n"
	      "\t\tip6 daddr " EGRESS_RESOLVER6 " " PORTS " 53 accept\n",
		out);
	/* IPv4-mapped: the kernel sends these as IPv4, and no other may be seen on a network (RFC 4291, 2.5.5.2). */
	fputs("\t\tip6 daddr ::ffff:0:0/96 goto refuse\n", out);
	/* The job's own link, where nobody else is: the helper answers for every neighbour, and each takes room in a
	 * table that all network namespaces share (net.ipv6.neigh.default.gc_thresh3). */
	fputs("\t\tip6 daddr " EGRESS_NETWORK6 " ip6 daddr != " EGRESS_GATEWAY6 " goto refuse\n", out);
	put_addresses_opened(out, false, opens, n_opens);
	put_ranges(out, opens, n_opens);
	fputs("\t\taccept\n\t}\n", out);
}

/* A full set ends its rule, not the chain. TCP is answered with a reset: an ICMP error would come while connect(2)
 * still holds the socket, and be heeded only after a retransmission. */
static void put_refuse(FILE *out)
{
	fputs("\tchain refuse {\n"
	      "\t\tcounter name \"refused\"\n"
	      "\t\tmeta nfproto ipv4 meta l4proto { tcp, udp } update @refused4 { ip daddr . meta l4proto . th dport counter }\n"
	      "\t\tmeta nfproto ipv6 meta l4proto { tcp, udp } update @refused6 { ip6 daddr . meta l4proto . th dport counter }\n"
	      "\t\tmeta nfproto ipv4 meta l4proto != { tcp, udp } update @other4 { ip daddr . meta l4proto counter }\n"
	      "\t\tmeta nfproto ipv6 meta l4proto != { tcp, udp } update @other6 { ip6 daddr . meta l4proto counter }\n"
	      "\t\tmeta l4proto tcp reject with tcp reset\n"
	      "\t\treject with icmpx type admin-prohibited\n"
	      "\t}\n",
		out);
}

char *egress_rules(const struct egress_open *opens, size_t n_opens, const struct facts_network *host)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	/* The chain that is jumped to comes first. */
	fputs("table inet " EGRESS_TABLE " {\n", out);
	put_sets(out, host);
	put_refuse(out);
	put_output(out, opens, n_opens);
	fputs("}\n", out);
	if (ferror(out) != 0 || fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
