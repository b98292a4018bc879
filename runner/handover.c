#include "runner/handover.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int handover_listen(const char *directory, struct error *err)
{
	_cleanup_(close_fd) int dirfd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (dirfd < 0 || fd < 0)
		return error_set(err, errno, "%s", directory);
	/* The state directory's path may be longer than a socket's may. */
	snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/" HANDOVER_SOCKET_NAME, dirfd);
	if (unlinkat(dirfd, HANDOVER_SOCKET_NAME, 0) < 0 && errno != ENOENT)
		return error_set(err, errno, "%s/" HANDOVER_SOCKET_NAME, directory);
	if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 4) < 0)
		return error_set(err, errno, "%s/" HANDOVER_SOCKET_NAME, directory);
	return take_fd(&fd);
}

static int check_peer(int connection, struct error *err)
{
	struct ucred peer;
	socklen_t len = sizeof peer;

	if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return error_set(err, errno, "shim: SO_PEERCRED");
	return peer.uid == geteuid() ? 0 : error_set(err, 0, "shim: a process of another user");
}

/* Takes what was sent, closes what is too much. */
static int take_fds(struct msghdr *message, int fds[HANDOVER_FD_COUNT])
{
	int n = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
			if (n < HANDOVER_FD_COUNT)
				fds[n++] = fd;
			else
				close(fd);
		}
	}
	return n;
}

static int read_hello(int connection, int fds[HANDOVER_FD_COUNT], struct error *err)
{
	union {
		char space[CMSG_SPACE(2 * HANDOVER_FD_COUNT * sizeof(int))];
		struct cmsghdr align;
	} control;
	char text[sizeof HANDOVER_HELLO + 8] = "";
	struct iovec iov = {.iov_base = text, .iov_len = sizeof text - 1};
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	struct stat st;
	int n;

	if (recvmsg(connection, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) < 0)
		return error_set(err, errno, "shim: hello");
	n = take_fds(&message, fds);
	if (strcmp(text, HANDOVER_HELLO) != 0 || n != HANDOVER_FD_COUNT || (message.msg_flags & MSG_CTRUNC) != 0)
		return error_set(err, 0, "shim: its hello is not one");
	for (int i = 0; i < HANDOVER_FD_COUNT; i++)
		if (fstat(fds[i], &st) < 0 || !S_ISFIFO(st.st_mode))
			return error_set(err, 0, "shim: a descriptor that is not a pipe");
	return 0;
}

int handover_accept(int listening, struct error *err)
{
	_cleanup_(close_fd) int connection = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (connection < 0)
		return error_set(err, errno, "shim: accept");
	if (check_peer(connection, err) < 0)
		return -1;
	return take_fd(&connection);
}

int handover_hello(int connection, int fds[HANDOVER_FD_COUNT], struct error *err)
{
	for (int i = 0; i < HANDOVER_FD_COUNT; i++)
		fds[i] = -1;
	if (read_hello(connection, fds, err) == 0)
		return 0;
	for (int i = 0; i < HANDOVER_FD_COUNT; i++)
		close_fd(&fds[i]);
	return -1;
}

static int say(int connection, const char *text)
{
	return send(connection, text, strlen(text), MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int handover_cancel(int connection)
{
	return say(connection, HANDOVER_CANCEL);
}

int handover_exit(int connection, int code, const char *reason)
{
	char text[HANDOVER_TEXT_MAX];

	snprintf(text, sizeof text, HANDOVER_EXIT "%d\n%s", code, reason);
	return say(connection, text);
}
