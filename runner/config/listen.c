#include "runner/config/listen.h"

#include "common/cleanup.h"
#include "common/parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REMOTE "remote:"
#define BACKLOG 16

static int malformed(const char *text, struct error *err)
{
	error_set(err, 0, "%.80s: not an address with a port", text);
	return error_hint(err, "expected ADDRESS:PORT, such as " LISTEN_DEFAULT " or [::1]:9464, or none");
}

static bool is_loopback(const struct listen *listen)
{
	if (listen->address.any.sa_family == AF_INET)
		return ntohl(listen->address.v4.sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&listen->address.v6.sin6_addr);
}

/* "ADDRESS" or "[ADDRESS]". */
static int set_address(struct listen *listen, const char *host, size_t len, uint16_t port)
{
	char name[INET6_ADDRSTRLEN] = "";

	if (len >= 2 && host[0] == '[' && host[len - 1] == ']' && len - 2 < sizeof name) {
		memcpy(name, host + 1, len - 2);
		listen->address.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
		return inet_pton(AF_INET6, name, &listen->address.v6.sin6_addr) == 1 ? 0 : -1;
	}
	if (len >= sizeof name)
		return -1;
	memcpy(name, host, len);
	listen->address.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
	return inet_pton(AF_INET, strcmp(name, "localhost") == 0 ? "127.0.0.1" : name, &listen->address.v4.sin_addr) ==
			       1
		       ? 0
		       : -1;
}

int listen_parse(const char *text, struct listen *listen, struct error *err)
{
	const bool is_remote = strncmp(text, REMOTE, strlen(REMOTE)) == 0;
	const char *host = is_remote ? text + strlen(REMOTE) : text, *colon = strrchr(host, ':');
	uint64_t port;

	*listen = (struct listen){.is_given = true, .is_remote = is_remote};
	if (strcmp(text, "none") == 0) {
		listen->is_off = true;
		return 0;
	}
	if (colon == NULL || parse_count(colon + 1, UINT16_MAX, &port, err) < 0 ||
		set_address(listen, host, (size_t)(colon - host), (uint16_t)port) < 0)
		return malformed(text, err);
	if (is_remote || is_loopback(listen))
		return 0;
	error_set(err, 0, "%.80s: others can reach this address, and the page names repositories and jobs", text);
	return error_hint(err, "use 127.0.0.1 behind a proxy that asks who it is, or write " REMOTE "%.80s", text);
}

static void name_address(int fd, char text[LISTEN_TEXT_SIZE])
{
	struct listen bound = {0};
	socklen_t len = sizeof bound.address;
	char name[INET6_ADDRSTRLEN] = "?";

	getsockname(fd, &bound.address.any, &len);
	if (bound.address.any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &bound.address.v6.sin6_addr, name, sizeof name);
		snprintf(text, LISTEN_TEXT_SIZE, "[%s]:%u", name, ntohs(bound.address.v6.sin6_port));
	} else {
		inet_ntop(AF_INET, &bound.address.v4.sin_addr, name, sizeof name);
		snprintf(text, LISTEN_TEXT_SIZE, "%s:%u", name, ntohs(bound.address.v4.sin_port));
	}
}

int listen_open(const struct listen *wanted, char text[LISTEN_TEXT_SIZE], struct error *err)
{
	const int family = wanted->address.any.sa_family, on = 1;
	const socklen_t len = family == AF_INET ? sizeof wanted->address.v4 : sizeof wanted->address.v6;
	_cleanup_(close_fd) int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	/* SO_REUSEADDR: what is left of closed connections is not a server. */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
		(family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0) ||
		bind(fd, &wanted->address.any, len) < 0 || listen(fd, BACKLOG) < 0) {
		error_set(err, errno, "COFFERDAM_LISTEN");
		return error_hint(err, "name another port, or none");
	}
	name_address(fd, text);
	return take_fd(&fd);
}

bool listen_is_host(const char *host)
{
	static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};

	for (size_t i = 0; host != NULL && i < sizeof names / sizeof names[0]; i++) {
		const size_t len = strlen(names[i]);

		if (strncasecmp(host, names[i], len) == 0 && (host[len] == ':' || host[len] == '\0'))
			return true;
	}
	return false;
}
