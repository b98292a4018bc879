/* Datagrams of rtnetlink(7), written message by message, and what policy/egress/routes.c makes of them. */
#pragma once

#include "policy/egress/routes.h"

#include "common/cleanup.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEQUENCE 7

/* The datagram that a test writes, message by message. */
static uint8_t bytes[8192];
static size_t len, message;

static inline void append(const void *data, size_t size)
{
	if (size > 0)
		memcpy(bytes + len, data, size);
	len += size;
	while (len % 4 != 0)
		bytes[len++] = 0;
}

static inline void begin(unsigned type, const void *header, size_t size)
{
	const struct nlmsghdr head = {.nlmsg_type = (uint16_t)type, .nlmsg_flags = NLM_F_MULTI, .nlmsg_seq = SEQUENCE};

	message = len;
	append(&head, sizeof head);
	append(header, size);
}

static inline struct nlmsghdr *head(void)
{
	return (struct nlmsghdr *)(void *)(bytes + message);
}

static inline void end(void)
{
	head()->nlmsg_len = (uint32_t)(len - message);
}

static inline size_t attribute(unsigned type, const void *data, size_t size)
{
	const struct rtattr rta = {.rta_type = (uint16_t)type, .rta_len = (uint16_t)(sizeof rta + size)};
	const size_t at = len;

	append(&rta, sizeof rta);
	append(data, size);
	return at;
}

static inline int family_of(const char *address)
{
	return strchr(address, ':') != NULL ? AF_INET6 : AF_INET;
}

static inline void address(unsigned type, const char *text)
{
	uint8_t binary[16];

	assert_int_equal(inet_pton(family_of(text), text, binary), 1);
	attribute(type, binary, family_of(text) == AF_INET ? 4 : 16);
}

static inline void number(unsigned type, uint32_t value)
{
	attribute(type, &value, sizeof value);
}

/* A gateway of another family than its route's. */
static inline void via(const char *text)
{
	uint8_t binary[18];
	const sa_family_t family = (sa_family_t)family_of(text);

	memcpy(binary, &family, sizeof family);
	assert_int_equal(inet_pton(family, text, binary + sizeof family), 1);
	attribute(RTA_VIA, binary, sizeof family + (family == AF_INET ? 4 : 16));
}

/* A route up to its nexthops: "default" of a family is "0.0.0.0/0" or "::/0". */
static inline void route(unsigned type, const char *destination, unsigned table)
{
	const size_t stem = strcspn(destination, "/");
	char start[INET6_ADDRSTRLEN] = "";
	const struct rtmsg header = {.rtm_family = (unsigned char)family_of(destination),
		.rtm_dst_len = (unsigned char)atoi(destination + stem + 1),
		.rtm_type = (unsigned char)type,
		.rtm_table = (unsigned char)(table < 256 ? table : RT_TABLE_COMPAT)};

	memcpy(start, destination, stem);
	begin(RTM_NEWROUTE, &header, sizeof header);
	number(RTA_TABLE, table);
	if (header.rtm_dst_len > 0)
		address(RTA_DST, start);
}

static inline void interface(const char *local, const char *network, unsigned length)
{
	const struct ifaddrmsg header = {
		.ifa_family = (unsigned char)family_of(network), .ifa_prefixlen = (unsigned char)length};

	begin(RTM_NEWADDR, &header, sizeof header);
	address(IFA_ADDRESS, network);
	if (local != NULL)
		address(IFA_LOCAL, local);
	end();
}

/* One of several nexthops; the attributes in it are written between the two. */
static inline size_t hop(void)
{
	const struct rtnexthop head = {0};
	const size_t at = len;

	append(&head, sizeof head);
	return at;
}

static inline void hop_end(size_t at)
{
	((struct rtnexthop *)(void *)(bytes + at))->rtnh_len = (uint16_t)(len - at);
}

static inline void nexthop(uint32_t id, const char *gateway)
{
	const struct nhmsg header = {.nh_family = (unsigned char)(gateway != NULL ? family_of(gateway) : AF_INET)};

	begin(RTM_NEWNEXTHOP, &header, sizeof header);
	number(NHA_ID, id);
	if (gateway != NULL)
		address(NHA_GATEWAY, gateway);
	end();
}

static inline void group(uint32_t id, uint32_t first, uint32_t second)
{
	const struct nexthop_grp members[] = {{.id = first}, {.id = second}};
	const struct nhmsg header = {0};

	begin(RTM_NEWNEXTHOP, &header, sizeof header);
	number(NHA_ID, id);
	attribute(NHA_GROUP, members, sizeof members);
	end();
}

static inline void done(void)
{
	const int status = 0;

	begin(NLMSG_DONE, &status, sizeof status);
	end();
}

static inline void text_of(const struct egress_prefixes *set, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < set->n; i++) {
		char one[INET6_ADDRSTRLEN];

		inet_ntop(set->items[i].family, set->items[i].bytes, one, sizeof one);
		used += (size_t)snprintf(
			text + used, size - used, "%s%s/%u", i > 0 ? " " : "", one, set->items[i].length);
	}
}

static inline int start(void **state)
{
	(void)state;
	len = 0;
	return 0;
}

/* Reads what was written. */
static inline void expect(const char *host, const char *lan)
{
	_cleanup_(egress_routes_free) struct egress_routes routes = {0};
	struct error err = {0};
	char text[2048];

	done();
	if (egress_routes_read(&routes, bytes, len, SEQUENCE, &err) != 1 || egress_routes_normalize(&routes, &err) < 0)
		fail_msg("%s", err.text);
	text_of(&routes.host, text, sizeof text);
	assert_string_equal(text, host);
	text_of(&routes.lan, text, sizeof text);
	assert_string_equal(text, lan);
	assert_false(routes.changed);
}

static inline void expect_error(const char *expected)
{
	_cleanup_(egress_routes_free) struct egress_routes routes = {0};
	struct error err = {0};

	assert_int_equal(egress_routes_read(&routes, bytes, len, SEQUENCE, &err), -1);
	assert_string_equal(err.text, expected);
}
