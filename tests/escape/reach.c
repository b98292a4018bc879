/* Reaching what tests/escape/canary.c listens on. */
#include "tests/escape/probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static _Noreturn void reach_unix(const char *name, int abstract)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t len = strlen(name);

	if (fd < 0)
		verdict("socket", fd);
	if (len + 2 > sizeof address.sun_path)
		untried("%s: too long", name);
	memcpy(address.sun_path + abstract, name, len);
	len += offsetof(struct sockaddr_un, sun_path) + 1;
	verdict("connect", connect(fd, (struct sockaddr *)&address, (socklen_t)len));
}

static void reach_abstract(char **args)
{
	reach_unix(args[0], 1);
}

static void reach_path(char **args)
{
	reach_unix(args[0], 0);
}

static void reach_tcp(char **args)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		verdict("socket", fd);
	address.sin_port = htons((uint16_t)atoi(args[0]));
	verdict("connect", connect(fd, (struct sockaddr *)&address, sizeof address));
}

/* Over the socket on standard input, whatever it was connected to. */
static void reach_handed(char **args)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};

	(void)connect(STDIN_FILENO, &nowhere, sizeof nowhere);
	address.sin_port = htons((uint16_t)atoi(args[0]));
	verdict("connect", connect(STDIN_FILENO, (struct sockaddr *)&address, sizeof address));
}

/* A port of the network that the socket on standard input belongs to. */
static void serve_handed(char **args)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};

	(void)args;
	verdict("bind", bind(STDIN_FILENO, (struct sockaddr *)&address, sizeof address));
}

/* Names of the host's sockets, by reading alone. */
static void list_unix(char **args)
{
	static char text[1 << 20];
	int fd = open("/proc/net/unix", O_RDONLY | O_CLOEXEC);
	ssize_t n = 0, got;

	if (fd < 0)
		verdict("/proc/net/unix", fd);
	while ((got = read(fd, text + n, sizeof text - 1 - (size_t)n)) > 0)
		n += got;
	if (strstr(text, args[0]) != NULL)
		succeeded("/proc/net/unix: lists %s", args[0]);
	blocked("/proc/net/unix: not listed");
}

static const struct attack attacks[] = {
	{"abstract", 1, reach_abstract},
	{"path", 1, reach_path},
	{"tcp", 1, reach_tcp},
	{"list", 1, list_unix},
	{"handed", 1, reach_handed},
	{"serve-handed", 0, serve_handed},
};

ATTACK_MAIN(attacks)
