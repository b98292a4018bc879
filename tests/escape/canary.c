/* canary NAME DIRECTORY: what the host has and a job must not reach. It listens on the abstract socket NAME, on
 * DIRECTORY/socket and on a TCP port of 127.0.0.1, and carries NAME as its command name and in its environment (the
 * suite sets that). It writes what it listens on to DIRECTORY/ready, and a line to DIRECTORY/touched for whoever
 * connects. Lives until its standard input closes. */
#include "tests/escape/probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ABSTRACT, PATH, TCP, INPUT, N_WATCHED };

static int listen_unix(const char *name, int abstract)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t len = strlen(name);

	if (len + 2 > sizeof address.sun_path)
		untried("%s: too long for a socket", name);
	memcpy(address.sun_path + abstract, name, len);
	len += offsetof(struct sockaddr_un, sun_path) + 1;
	if (bind(fd, (struct sockaddr *)&address, (socklen_t)len) < 0 || listen(fd, 8) < 0)
		untried("listen on %s: %s", name, errno_name(errno));
	return fd;
}

static int listen_tcp(int *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&address, len) < 0 || listen(fd, 8) < 0 ||
		getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		untried("listen on 127.0.0.1: %s", errno_name(errno));
	*port = ntohs(address.sin_port);
	return fd;
}

static void say(const char *directory, const char *file, const char *text)
{
	char path[4096];
	FILE *out;

	snprintf(path, sizeof path, "%s/%s", directory, file);
	out = fopen(path, "ae");
	if (out == NULL || fprintf(out, "%s\n", text) < 0 || fclose(out) != 0)
		untried("%s: %s", path, errno_name(errno));
}

int main(int argc, char **argv)
{
	static const char *const names[N_WATCHED] = {"abstract socket", "path socket", "port", NULL};
	struct pollfd watched[N_WATCHED];
	char text[4096];
	int port;

	if (argc != 3)
		misused("usage: canary NAME DIRECTORY");
	snprintf(text, sizeof text, "%s/socket", argv[2]);
	watched[ABSTRACT].fd = listen_unix(argv[1], 1);
	watched[PATH].fd = listen_unix(text, 0);
	watched[TCP].fd = listen_tcp(&port);
	watched[INPUT].fd = 0;
	prctl(PR_SET_NAME, argv[1], 0, 0, 0);
	snprintf(text, sizeof text, "%d", port);
	say(argv[2], "ready", text);
	for (;;) {
		for (int i = 0; i < N_WATCHED; i++)
			watched[i].events = POLLIN;
		if (poll(watched, N_WATCHED, -1) < 0)
			return PROBE_UNTRIED;
		if (watched[INPUT].revents != 0)
			return 0;
		for (int i = 0; i < INPUT; i++)
			if (watched[i].revents != 0) {
				close(accept(watched[i].fd, NULL, NULL));
				say(argv[2], "touched", names[i]);
			}
	}
}
