/* Reaching through a network: what tests/escape/peer.c listens on, and what would change the rules. */
#include "tests/escape/probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIMIT_MS 5000

union address {
	struct sockaddr any;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
};

/* inet_aton(3), as C libraries do: 1.2.3.4, 0x1020304, 01.02.03.04 and 16909060 are all the same. */
static socklen_t read_address(const char *text, const char *port, union address *address)
{
	memset(address, 0, sizeof *address);
	if (strchr(text, ':') == NULL) {
		address->ip4.sin_family = AF_INET;
		address->ip4.sin_port = htons((uint16_t)atoi(port));
		if (inet_aton(text, &address->ip4.sin_addr) == 0)
			misused("%s: not an address", text);
		return sizeof address->ip4;
	}
	address->ip6.sin6_family = AF_INET6;
	address->ip6.sin6_port = htons((uint16_t)atoi(port));
	if (inet_pton(AF_INET6, text, &address->ip6.sin6_addr) != 1)
		misused("%s: not an address", text);
	if (IN6_IS_ADDR_LINKLOCAL(&address->ip6.sin6_addr) || IN6_IS_ADDR_MULTICAST(&address->ip6.sin6_addr))
		address->ip6.sin6_scope_id = 2; /* the first interface after lo */
	return sizeof address->ip6;
}

/* An answer proves that the other side was reached. */
static _Noreturn void hear(int fd, const char *from)
{
	struct pollfd answer = {.fd = fd, .events = POLLIN};
	char text[64] = "";

	if (poll(&answer, 1, LIMIT_MS) <= 0)
		blocked("%s: no answer", from);
	if (recv(fd, text, sizeof text - 1, 0) < 0)
		blocked("%s: %s", from, errno_name(errno));
	succeeded("%s: %s", from, text);
}

static void reach_tcp(char **args)
{
	union address address;
	socklen_t len = read_address(args[0], args[1], &address);
	int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd connected = {.fd = fd, .events = POLLOUT};
	int why = 0;
	socklen_t size = sizeof why;

	if (fd < 0)
		verdict("socket", fd);
	if (connect(fd, &address.any, len) < 0 && errno != EINPROGRESS)
		blocked("%s: %s", args[0], errno_name(errno));
	if (poll(&connected, 1, LIMIT_MS) <= 0)
		blocked("%s: no answer", args[0]);
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &size);
	if (why != 0)
		blocked("%s: %s", args[0], errno_name(why));
	hear(fd, args[0]);
}

static void reach_udp(char **args)
{
	union address address;
	socklen_t len = read_address(args[0], args[1], &address);
	int fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		verdict("socket", fd);
	if (sendto(fd, "hello", 5, 0, &address.any, len) < 0)
		blocked("%s: sendto: %s", args[0], errno_name(errno));
	hear(fd, args[0]);
}

/* Nobody answers to a group: that it leaves by the interface behind lo is the harm. */
static void send_only(char **args)
{
	union address address;
	socklen_t len = read_address(args[0], args[1], &address);
	int fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1, unicast = (int)htonl(2);
	struct ip_mreqn multicast = {.imr_ifindex = 2};

	if (fd < 0)
		verdict("socket", fd);
	if (setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) < 0 ||
		(address.any.sa_family == AF_INET &&
			(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &multicast, sizeof multicast) < 0 ||
				setsockopt(fd, IPPROTO_IP, IP_UNICAST_IF, &unicast, sizeof unicast) < 0)))
		untried("setsockopt: %s", errno_name(errno));
	verdict("sendto", sendto(fd, "hello", 5, 0, &address.any, len));
}

static void raw_socket(char **args)
{
	(void)args;
	verdict("raw socket", socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
}

static void packet_socket(char **args)
{
	(void)args;
	verdict("packet socket", socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static void interface_down(char **args)
{
	struct ifreq request = {.ifr_flags = 0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		verdict("socket", fd);
	snprintf(request.ifr_name, sizeof request.ifr_name, "%s", args[0]);
	verdict("interface down", ioctl(fd, SIOCSIFFLAGS, &request));
}

/* Every table of every family, as `nft flush ruleset` does it. */
static void flush_rules(char **args)
{
	struct part {
		struct nlmsghdr header;
		struct nfgenmsg body;
	};
	struct part batch[3] = {
		{{sizeof(struct part), NFNL_MSG_BATCH_BEGIN, NLM_F_REQUEST, 0, 0},
			{.version = NFNETLINK_V0, .res_id = htons(NFNL_SUBSYS_NFTABLES)}},
		{{sizeof(struct part), NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELTABLE, NLM_F_REQUEST | NLM_F_ACK, 1, 0},
			{.version = NFNETLINK_V0}},
		{{sizeof(struct part), NFNL_MSG_BATCH_END, NLM_F_REQUEST, 2, 0},
			{.version = NFNETLINK_V0, .res_id = htons(NFNL_SUBSYS_NFTABLES)}},
	};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr body;
	} answer = {0};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	struct pollfd ready = {.fd = fd, .events = POLLIN};

	(void)args;
	if (fd < 0)
		verdict("netlink socket", fd);
	if (send(fd, batch, sizeof batch, 0) < 0)
		verdict("netlink send", -1);
	if (poll(&ready, 1, LIMIT_MS) <= 0)
		untried("netlink: no answer");
	if (recv(fd, &answer, sizeof answer, MSG_TRUNC) < 0)
		verdict("netlink receive", -1);
	errno = -answer.body.error;
	verdict("flush the rules", answer.body.error);
}

static const struct attack attacks[] = {
	{"tcp", 2, reach_tcp},
	{"udp", 2, reach_udp},
	{"send", 2, send_only},
	{"raw", 0, raw_socket},
	{"packet", 0, packet_socket},
	{"down", 1, interface_down},
	{"flush", 0, flush_rules},
};

ATTACK_MAIN(attacks)
