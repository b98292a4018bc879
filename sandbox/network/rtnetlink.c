#include "sandbox/network/rtnetlink.h"

#include "common/cleanup.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>

/* The kernel makes an answer to a dump no larger than this, and no larger than the room it is offered. */
#define DATAGRAM_MAX 32768

/* Routes that change while they are read: whoever reads faster than they change has them after a few times. */
#define TRIES 16

#define ANSWER_SECONDS 10

struct request {
	struct nlmsghdr header;
	union {
		unsigned char family; /* the first byte of each of them */
		struct ifaddrmsg address;
		struct nhmsg nexthop;
		struct rtmsg route;
	} body;
};

/* Nexthops before the routes that name them. */
static const struct {
	uint16_t type;
	unsigned char family;
	size_t size;
	const char *what;
} dumps[] = {
	{RTM_GETADDR, AF_UNSPEC, sizeof(struct ifaddrmsg), "addresses"},
	{RTM_GETNEXTHOP, AF_UNSPEC, sizeof(struct nhmsg), "nexthops"},
	{RTM_GETROUTE, AF_INET, sizeof(struct rtmsg), "IPv4 routes"},
	{RTM_GETROUTE, AF_INET6, sizeof(struct rtmsg), "IPv6 routes"},
};
#define DUMP_COUNT (sizeof dumps / sizeof dumps[0])

static int ask(int fd, size_t dump, struct error *err)
{
	struct request request = {
		.header = {.nlmsg_len = (uint32_t)NLMSG_LENGTH(dumps[dump].size),
			.nlmsg_type = dumps[dump].type,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			.nlmsg_seq = (uint32_t)dump + 1},
		.body.family = dumps[dump].family,
	};
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

	if (sendto(fd, &request, request.header.nlmsg_len, 0, (const struct sockaddr *)&kernel, sizeof kernel) < 0)
		return error_set(err, errno, "ask");
	return 0;
}

/* One datagram. */
static int hear(int fd, size_t dump, void *buffer, struct egress_routes *routes, struct error *err)
{
	struct sockaddr_nl from = {0};
	struct iovec part = {.iov_base = buffer, .iov_len = DATAGRAM_MAX};
	struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part, .msg_iovlen = 1};
	ssize_t n;

	do
		n = recvmsg(fd, &message, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_set(err, errno, "answer");
	if ((message.msg_flags & MSG_TRUNC) != 0)
		return error_set(err, EMSGSIZE, "answer");
	if (n == 0 || message.msg_namelen != sizeof from || from.nl_pid != 0)
		return 0; /* not the kernel's */
	return egress_routes_read(routes, buffer, (size_t)n, (uint32_t)dump + 1, err);
}

static int dump_once(int fd, void *buffer, struct egress_routes *routes, struct error *err)
{
	for (size_t dump = 0; dump < DUMP_COUNT; dump++) {
		int done = 0;

		if (ask(fd, dump, err) < 0)
			return error_context(err, "%s", dumps[dump].what);
		while (done == 0)
			done = hear(fd, dump, buffer, routes, err);
		if (done < 0)
			return error_context(err, "%s", dumps[dump].what);
	}
	return egress_routes_normalize(routes, err);
}

int rtnetlink_ask(struct egress_routes *routes, struct error *err)
{
	const struct timeval limit = {.tv_sec = ANSWER_SECONDS};
	_cleanup_(freep) void *buffer = malloc(DATAGRAM_MAX);
	_cleanup_(close_fd) int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (buffer == NULL)
		return error_set(err, ENOMEM, "rtnetlink");
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0)
		return error_set(err, errno, "rtnetlink");
	for (int i = 0; i < TRIES; i++) {
		egress_routes_free(routes);
		if (dump_once(fd, buffer, routes, err) < 0)
			return error_context(err, "rtnetlink");
		if (!routes->changed)
			return 0;
	}
	return error_set(err, 0, "rtnetlink: routes change faster than they can be read");
}
