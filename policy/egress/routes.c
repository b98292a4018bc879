#include "policy/egress/routes.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define NEXTHOPS_MAX 65536
#define ERRNO_MAX 4095

struct span {
	const uint8_t *at;
	size_t len;
};

static int malformed(const char *what, struct error *err)
{
	return error_set(err, EBADMSG, "%s", what);
}

static void advance(struct span *rest, size_t len)
{
	const size_t aligned = NLMSG_ALIGN(len); /* the last one need not be padded */

	rest->at += aligned < rest->len ? aligned : rest->len;
	rest->len -= aligned < rest->len ? aligned : rest->len;
}

/* The fixed part of a message, copied out: what follows it need not be aligned for it. */
static int take_header(struct span *rest, void *header, size_t size, struct error *err)
{
	if (rest->len < size)
		return malformed("message", err);
	memcpy(header, rest->at, size);
	advance(rest, size);
	return 0;
}

/* What is one of several begins with a head, which says its length. 1: the head of the next; 0: there is none; -1: what
 * is there is none. */
static int next_head(const struct span *rest, void *head, size_t size, const char *what, struct error *err)
{
	if (rest->len == 0)
		return 0;
	if (rest->len < size)
		return malformed(what, err);
	memcpy(head, rest->at, size);
	return 1;
}

/* … and what follows the head in it: the whole is `len` bytes long. */
static int take_body(struct span *rest, size_t head, size_t len, struct span *body, const char *what, struct error *err)
{
	if (len < head || len > rest->len)
		return malformed(what, err);
	*body = (struct span){rest->at + head, len - head};
	advance(rest, len);
	return 1;
}

static int take_attribute(struct span *rest, unsigned *type, struct span *value, struct error *err)
{
	struct rtattr head;
	const int more = next_head(rest, &head, sizeof head, "attribute", err);

	if (more <= 0)
		return more;
	*type = head.rta_type & (unsigned)NLA_TYPE_MASK;
	return take_body(rest, sizeof head, head.rta_len, value, "attribute", err);
}

static int read_u32(const struct span *value, uint32_t *number, struct error *err)
{
	if (value->len < sizeof *number)
		return malformed("number", err);
	memcpy(number, value->at, sizeof *number);
	return 0;
}

/* A prefix of that length (over which the kernel has the last word), from an attribute's bytes. */
static int read_prefix(
	const struct span *value, int family, unsigned length, struct egress_prefix *prefix, struct error *err)
{
	const unsigned bits = egress_address_bits(family);

	if (value->len < bits / 8 || length > bits)
		return malformed("address", err);
	*prefix = (struct egress_prefix){.family = family, .length = (uint8_t)length};
	memcpy(prefix->bytes, value->at, bits / 8);
	return 0;
}

static bool within_any(const struct egress_prefix *prefix, const struct egress_prefix *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (egress_prefix_covers(&ranges[i], prefix))
			return true;
	return false;
}

static bool is_multicast(const struct egress_prefix *prefix)
{
	static const struct egress_prefix ranges[] = {
		{AF_INET, {224}, 4}, {AF_INET, {255, 255, 255, 255}, 32}, {AF_INET6, {0xff}, 8}};

	return within_any(prefix, ranges, sizeof ranges / sizeof ranges[0]);
}

static bool is_loopback_or_link_local(const struct egress_prefix *prefix)
{
	static const struct egress_prefix ranges[] = {{AF_INET, {127}, 8}, {AF_INET, {169, 254}, 16},
		{AF_INET6, {[15] = 1}, 128}, {AF_INET6, {0xfe, 0x80}, 10}};

	return within_any(prefix, ranges, sizeof ranges / sizeof ranges[0]);
}

static int add_host(struct egress_routes *routes, const struct egress_prefix *prefix, struct error *err)
{
	return is_multicast(prefix) ? 0 : egress_prefixes_add(&routes->host, prefix, err);
}

static int add_lan(struct egress_routes *routes, const struct egress_prefix *prefix, struct error *err)
{
	if (prefix->length < (prefix->family == AF_INET ? EGRESS_LAN_LEAST4 : EGRESS_LAN_LEAST6) ||
		is_loopback_or_link_local(prefix) || is_multicast(prefix))
		return 0;
	return egress_prefixes_add(&routes->lan, prefix, err);
}

/* An address of an interface: IFA_ADDRESS is the peer's where the interface has one, and IFA_LOCAL is then ours. */
static int read_address(struct egress_routes *routes, struct span rest, struct error *err)
{
	struct egress_prefix own = {0}, network = {0};
	struct ifaddrmsg header;
	struct span value;
	unsigned type;
	int more;

	if (take_header(&rest, &header, sizeof header, err) < 0)
		return -1;
	if (header.ifa_family != AF_INET && header.ifa_family != AF_INET6)
		return 0;
	while ((more = take_attribute(&rest, &type, &value, err)) > 0) {
		const unsigned bits = egress_address_bits(header.ifa_family);

		if ((type == IFA_LOCAL && read_prefix(&value, header.ifa_family, bits, &own, err) < 0) ||
			(type == IFA_ADDRESS &&
				read_prefix(&value, header.ifa_family, header.ifa_prefixlen, &network, err) < 0))
			return -1;
	}
	if (more < 0)
		return -1;
	if (own.family == 0) {
		own = network;
		own.length = (uint8_t)egress_address_bits(header.ifa_family);
	}
	if (own.family == 0)
		return 0;
	if (add_host(routes, &own, err) < 0)
		return -1;
	if (network.family == 0 || egress_prefix_covers(&own, &network))
		return 0;
	return add_lan(routes, &network, err);
}

/* Where a packet goes first. */
struct hop {
	int family; /* of the message */
	bool gateway;
	uint32_t nexthop; /* the object that says it, 0: none */
};

static int read_gateway(
	struct egress_routes *routes, struct hop *hop, const struct span *value, int family, struct error *err)
{
	struct egress_prefix gateway;

	if (family != AF_INET && family != AF_INET6)
		return malformed("gateway", err);
	if (read_prefix(value, family, egress_address_bits(family), &gateway, err) < 0)
		return -1;
	hop->gateway = true;
	return add_lan(routes, &gateway, err);
}

/* The attributes that a route and each of its several nexthops have in common. */
static int read_hop(
	struct egress_routes *routes, struct hop *hop, unsigned type, const struct span *value, struct error *err)
{
	sa_family_t family;
	struct span address;

	switch (type) {
	case RTA_GATEWAY:
		return read_gateway(routes, hop, value, hop->family, err);
	case RTA_VIA: /* a gateway of the other family */
		if (value->len < sizeof family)
			return malformed("gateway", err);
		memcpy(&family, value->at, sizeof family);
		address = (struct span){value->at + sizeof family, value->len - sizeof family};
		return read_gateway(routes, hop, &address, family, err);
	case RTA_NH_ID:
		return read_u32(value, &hop->nexthop, err);
	default:
		return 0;
	}
}

/* RTA_MULTIPATH: *direct when one of them has no gateway. */
static int read_hops(struct egress_routes *routes, int family, struct span rest, bool *direct, struct error *err)
{
	struct rtnexthop head;
	int next;

	while ((next = next_head(&rest, &head, sizeof head, "nexthop", err)) > 0) {
		struct hop hop = {.family = family};
		struct span attributes, value;
		unsigned type;
		int more;

		if (take_body(&rest, sizeof head, head.rtnh_len, &attributes, "nexthop", err) < 0)
			return -1;
		while ((more = take_attribute(&attributes, &type, &value, err)) > 0)
			if (read_hop(routes, &hop, type, &value, err) < 0)
				return -1;
		if (more < 0)
			return -1;
		*direct |= !hop.gateway;
	}
	return next;
}

/* What is not known of it counts against it. */
static bool is_direct(const struct egress_routes *routes, uint32_t id, bool in_group)
{
	bool known = false;

	for (size_t i = 0; i < routes->n_nexthops; i++) {
		const struct egress_nexthop *nexthop = &routes->nexthops[i];

		if (nexthop->id != id)
			continue;
		known = true;
		if (nexthop->member == 0 ? nexthop->direct : in_group || is_direct(routes, nexthop->member, true))
			return true;
	}
	return !known;
}

static int read_unicast(
	struct egress_routes *routes, const struct egress_prefix *prefix, struct span rest, struct error *err)
{
	struct hop hop = {.family = prefix->family};
	bool several = false, direct = false;
	struct span value;
	unsigned type;
	int more;

	while ((more = take_attribute(&rest, &type, &value, err)) > 0) {
		several |= type == RTA_MULTIPATH;
		if (type == RTA_MULTIPATH ? read_hops(routes, prefix->family, value, &direct, err) < 0
					  : read_hop(routes, &hop, type, &value, err) < 0)
			return -1;
	}
	if (more < 0)
		return -1;
	if (!several)
		direct = !hop.gateway && (hop.nexthop == 0 || is_direct(routes, hop.nexthop, false));
	return direct ? add_lan(routes, prefix, err) : 0;
}

/* Destination and table, wherever they stand among the attributes. */
static int read_destination(
	const struct rtmsg *header, struct span rest, struct egress_prefix *prefix, uint32_t *table, struct error *err)
{
	struct span value;
	unsigned type;
	int more;

	*prefix = (struct egress_prefix){.family = header->rtm_family};
	*table = header->rtm_table;
	while ((more = take_attribute(&rest, &type, &value, err)) > 0)
		if ((type == RTA_DST &&
			    read_prefix(&value, header->rtm_family, header->rtm_dst_len, prefix, err) < 0) ||
			(type == RTA_TABLE && read_u32(&value, table, err) < 0))
			return -1;
	if (more == 0 && prefix->length != header->rtm_dst_len)
		return malformed("route", err);
	return more;
}

static int read_route(struct egress_routes *routes, struct span rest, struct error *err)
{
	struct egress_prefix prefix;
	struct rtmsg header;
	uint32_t table;

	if (take_header(&rest, &header, sizeof header, err) < 0)
		return -1;
	/* Copies that the kernel made of a route for one destination (redirects, path MTUs) come and go. */
	if ((header.rtm_family != AF_INET && header.rtm_family != AF_INET6) || (header.rtm_flags & RTM_F_CLONED) != 0)
		return 0;
	if (++routes->n_routes > EGRESS_ROUTES_MAX)
		return error_set(err, 0, "more than %d routes", EGRESS_ROUTES_MAX);
	if (read_destination(&header, rest, &prefix, &table, err) < 0)
		return -1;
	switch (header.rtm_type) {
	case RTN_LOCAL:
	case RTN_ANYCAST:
	case RTN_BROADCAST:
		if (prefix.length == 0 && table != RT_TABLE_MAIN && table != RT_TABLE_LOCAL &&
			table != RT_TABLE_DEFAULT)
			return 0;
		return add_host(routes, &prefix, err);
	case RTN_UNICAST:
		return read_unicast(routes, &prefix, rest, err);
	default: /* blackhole, unreachable, prohibit, throw: nobody is there; multicast is refused by its range */
		return 0;
	}
}

static int add_nexthop(struct egress_routes *routes, const struct egress_nexthop *nexthop, struct error *err)
{
	/* Grown in steps: at a power of two. */
	if ((routes->n_nexthops & (routes->n_nexthops - 1)) == 0) {
		const size_t room = routes->n_nexthops == 0 ? 1 : 2 * routes->n_nexthops;
		struct egress_nexthop *grown = reallocarray(routes->nexthops, room, sizeof *grown);

		if (grown == NULL)
			return error_set(err, ENOMEM, "nexthops");
		routes->nexthops = grown;
	}
	if (routes->n_nexthops >= NEXTHOPS_MAX)
		return error_set(err, 0, "more than %d nexthops", NEXTHOPS_MAX);
	routes->nexthops[routes->n_nexthops++] = *nexthop;
	return 0;
}

static int read_group(struct egress_routes *routes, uint32_t id, const struct span *value, struct error *err)
{
	struct nexthop_grp member;

	for (size_t at = 0; at + sizeof member <= value->len; at += sizeof member) {
		memcpy(&member, value->at + at, sizeof member);
		if (add_nexthop(routes, &(struct egress_nexthop){.id = id, .member = member.id}, err) < 0)
			return -1;
	}
	return 0;
}

static int read_nexthop(struct egress_routes *routes, struct span rest, struct error *err)
{
	struct hop hop = {0};
	struct span value, group = {0}, gateway = {0};
	bool blackhole = false;
	struct nhmsg header;
	uint32_t id = 0;
	unsigned type;
	int more;

	if (take_header(&rest, &header, sizeof header, err) < 0)
		return -1;
	while ((more = take_attribute(&rest, &type, &value, err)) > 0) {
		if (type == NHA_ID && read_u32(&value, &id, err) < 0)
			return -1;
		blackhole |= type == NHA_BLACKHOLE;
		group = type == NHA_GROUP ? value : group;
		gateway = type == NHA_GATEWAY ? value : gateway;
	}
	if (more < 0)
		return -1;
	if (gateway.at != NULL && read_gateway(routes, &hop, &gateway, header.nh_family, err) < 0)
		return -1;
	if (group.at != NULL)
		return read_group(routes, id, &group, err);
	return add_nexthop(routes, &(struct egress_nexthop){.id = id, .direct = !hop.gateway && !blackhole}, err);
}

/* NLMSG_ERROR, and NLMSG_DONE of a dump that failed on the way: a number, 0 or the negative errno. */
static int read_status(const struct span *body, struct error *err)
{
	int status = 0;

	if (body->len >= sizeof status)
		memcpy(&status, body->at, sizeof status);
	if (status == 0)
		return 1;
	return error_set(err, status < 0 && status >= -ERRNO_MAX ? -status : EBADMSG, "dump");
}

static int read_message(struct egress_routes *routes, unsigned type, struct span body, struct error *err)
{
	switch (type) {
	case NLMSG_DONE:
		return read_status(&body, err);
	case NLMSG_ERROR:
		return body.len < sizeof(int) ? malformed("error", err) : read_status(&body, err);
	case NLMSG_OVERRUN:
		return error_set(err, EOVERFLOW, "dump");
	case RTM_NEWADDR:
		return read_address(routes, body, err);
	case RTM_NEWROUTE:
		return read_route(routes, body, err);
	case RTM_NEWNEXTHOP:
		return read_nexthop(routes, body, err);
	default:
		return 0;
	}
}

int egress_routes_read(
	struct egress_routes *routes, const void *bytes, size_t len, uint32_t sequence, struct error *err)
{
	struct span rest = {bytes, len};
	struct nlmsghdr header;
	int more;

	while ((more = next_head(&rest, &header, sizeof header, "message", err)) > 0) {
		struct span body;
		int done;

		if (take_body(&rest, sizeof header, header.nlmsg_len, &body, "message", err) < 0)
			return -1;
		if (header.nlmsg_seq != sequence)
			continue;
		routes->changed |= (header.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
		done = read_message(routes, header.nlmsg_type, body, err);
		if (done != 0)
			return done;
	}
	return more;
}

static int normalize(struct egress_prefixes *set, const char *what, struct error *err)
{
	egress_prefixes_normalize(set);
	if (set->n > EGRESS_PREFIXES_MAX)
		return error_set(err, 0, "%s: more than %d addresses and networks", what, EGRESS_PREFIXES_MAX);
	return 0;
}

int egress_routes_normalize(struct egress_routes *routes, struct error *err)
{
	return normalize(&routes->host, "host", err) < 0 ? -1 : normalize(&routes->lan, "lan", err);
}

void egress_routes_free(struct egress_routes *routes)
{
	egress_prefixes_free(&routes->host);
	egress_prefixes_free(&routes->lan);
	free(routes->nexthops);
	*routes = (struct egress_routes){0};
}
