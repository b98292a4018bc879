/* What a job may or may not reach: peer NAME ADDRESS PORT [ADDRESS PORT]… listens there, TCP and UDP, and says its name
 * to whoever comes. On port 53 it is a DNS server that knows one IPv4 address for every name: NAME. Prints "ready" when
 * it listens on all; ends with its parent. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKETS_MAX 128

static struct pollfd sockets[SOCKETS_MAX];
static int ports[SOCKETS_MAX];
static nfds_t n;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void add(const char *text, const char *port, int type)
{
	struct sockaddr_in ip4 = {.sin_family = AF_INET};
	struct sockaddr_in6 ip6 = {.sin6_family = AF_INET6};
	int v6 = strchr(text, ':') != NULL, on = 1;
	int fd = socket(v6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || n >= SOCKETS_MAX)
		fail("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (v6) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
		/* What a local route alone makes the host's. */
		setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof on);
	}
	ip4.sin_port = ip6.sin6_port = htons((unsigned short)atoi(port));
	if (inet_pton(v6 ? AF_INET6 : AF_INET, text, v6 ? (void *)&ip6.sin6_addr : (void *)&ip4.sin_addr) != 1 ||
		bind(fd, v6 ? (struct sockaddr *)&ip6 : (struct sockaddr *)&ip4, v6 ? sizeof ip6 : sizeof ip4) < 0 ||
		(type == SOCK_STREAM && listen(fd, 16) < 0))
		fail(text);
	ports[n] = atoi(port);
	sockets[n++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

/* The question comes back, with one answer behind it when an A record was asked for. */
static size_t answer_dns(unsigned char *query, size_t len, const char *address)
{
	static const unsigned char record[] = {0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4};
	size_t end = 12;

	while (end < len && query[end] != 0)
		end += query[end] + 1U;
	end += 5; /* the root label, type, class */
	if (end > len)
		return 0;
	query[2] = 0x81;
	query[3] = 0x80;
	memset(query + 6, 0, 6);
	if (query[end - 3] != 1)
		return end;
	query[7] = 1;
	memcpy(query + end, record, sizeof record);
	inet_pton(AF_INET, address, query + end + sizeof record);
	return end + sizeof record + 4;
}

static void serve(nfds_t i, const char *name)
{
	int type = 0;
	socklen_t size = sizeof type;

	getsockopt(sockets[i].fd, SOL_SOCKET, SO_TYPE, &type, &size);
	if (type == SOCK_STREAM) {
		int fd = accept(sockets[i].fd, NULL, NULL);

		if (fd >= 0) {
			send(fd, name, strlen(name), MSG_NOSIGNAL);
			shutdown(fd, SHUT_WR);
			close(fd);
		}
	} else {
		unsigned char text[1024];
		struct sockaddr_storage from;
		socklen_t len = sizeof from;
		ssize_t got = recvfrom(sockets[i].fd, text, sizeof text - 64, 0, (struct sockaddr *)&from, &len);
		size_t answer = strlen(name);

		if (got < 0)
			return;
		if (ports[i] == 53)
			answer = answer_dns(text, (size_t)got, name);
		sendto(sockets[i].fd, ports[i] == 53 ? text : (const void *)name, answer, 0, (struct sockaddr *)&from,
			len);
	}
}

int main(int argc, char **argv)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
	if (argc < 4 || argc % 2 != 0)
		return 3;
	for (int i = 2; i < argc; i += 2) {
		add(argv[i], argv[i + 1], SOCK_STREAM);
		add(argv[i], argv[i + 1], SOCK_DGRAM);
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (poll(sockets, n, -1) < 0)
			fail("poll");
		for (nfds_t i = 0; i < n; i++)
			if (sockets[i].revents != 0)
				serve(i, argv[1]);
	}
}
