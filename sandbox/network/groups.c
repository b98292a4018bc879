#include "sandbox/network/groups.h"

#include "common/cleanup.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#define LO 1 /* the index that the kernel gives it in each namespace */

static const struct group {
	unsigned char family, type, table, length; /* of the prefix */
	unsigned char address[16];
} groups[] = {
	{AF_INET, RTN_UNICAST, RT_TABLE_MAIN, 4, {224}},
	{AF_INET, RTN_BROADCAST, RT_TABLE_MAIN, 32, {255, 255, 255, 255}},
	/* In the table of the kernel's own for each interface, and before those; any other type than local is not
	   delivered. */
	{AF_INET6, RTN_LOCAL, RT_TABLE_LOCAL, 8, {0xff}},
};

struct request {
	struct nlmsghdr header;
	struct rtmsg route;
	struct rtattr interface_header;
	int interface;
	struct rtattr metric_header;
	unsigned metric;
	struct rtattr address_header;
	unsigned char address[16];
};

struct answer {
	struct nlmsghdr header;
	struct nlmsgerr error;
};

static struct request make_request(const struct group *group)
{
	const size_t size = group->family == AF_INET ? 4 : 16;
	struct request request = {
		.header = {.nlmsg_len = (unsigned)(offsetof(struct request, address) + size),
			.nlmsg_type = RTM_NEWROUTE,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE},
		.route = {.rtm_family = group->family,
			.rtm_dst_len = group->length,
			.rtm_table = group->table,
			.rtm_protocol = RTPROT_STATIC,
			.rtm_scope = RT_SCOPE_LINK,
			.rtm_type = group->type},
		.interface_header = {RTA_LENGTH(sizeof request.interface), RTA_OIF},
		.interface = LO,
		.metric_header = {RTA_LENGTH(sizeof request.metric), RTA_PRIORITY},
		.metric = 1,
		.address_header = {(unsigned short)RTA_LENGTH(size), RTA_DST},
	};

	memcpy(request.address, group->address, size);
	return request;
}

/* The errno of the answer; the kernel has it ready when send(2) returns. */
static int add(int fd, const struct group *group)
{
	const struct request request = make_request(group);
	struct answer answer;

	if (send(fd, &request, request.header.nlmsg_len, 0) < 0)
		return errno;
	if (recv(fd, &answer, sizeof answer, MSG_DONTWAIT) < 0)
		return errno;
	return answer.header.nlmsg_type == NLMSG_ERROR ? -answer.error.error : EPROTO;
}

static bool is_without_ipv6(int why)
{
	return why == EAFNOSUPPORT || why == EOPNOTSUPP || why == EACCES || why == ENODEV || why == ENETDOWN;
}

int network_groups_inside(struct error *err)
{
	_cleanup_(close_fd) int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return error_set(err, errno, "network: netlink");
	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
		const int why = add(fd, &groups[i]);

		if (why != 0 && (groups[i].family == AF_INET || !is_without_ipv6(why)))
			return error_set(err, why, "network: route of %s to lo",
				groups[i].family == AF_INET6      ? "ff00::/8"
				: groups[i].type == RTN_BROADCAST ? "255.255.255.255"
								  : "224.0.0.0/4");
	}
	return 0;
}
