#include "sandbox/watch/message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

union control {
	char buffer[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static int send_with(int sock, const struct message *message, const int *fd)
{
	struct iovec part = {.iov_base = (void *)(uintptr_t)message, .iov_len = sizeof *message};
	union control control = {.buffer = {0}};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
	ssize_t n;

	if (fd != NULL) {
		header.msg_control = control.buffer;
		header.msg_controllen = sizeof control.buffer;
		*CMSG_FIRSTHDR(&header) = (struct cmsghdr){
			.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof *fd)};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&header)), fd, sizeof *fd);
	}
	do
		n = sendmsg(sock, &header, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

void message_send(int sock, const struct message *message)
{
	(void)send_with(sock, message, NULL);
}

int message_send_fd(int sock, const struct message *message, int fd)
{
	return send_with(sock, message, &fd);
}

int message_receive(int sock, struct message *message, int *fd)
{
	struct iovec part = {.iov_base = message, .iov_len = sizeof *message};
	union control control;
	struct msghdr header = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.buffer,
		.msg_controllen = sizeof control.buffer};
	const struct cmsghdr *rights;
	ssize_t n;

	*fd = -1;
	do
		n = recvmsg(sock, &header, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return 0;
	if (n < 0)
		return -1;
	rights = CMSG_FIRSTHDR(&header);
	if (rights != NULL && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(rights), sizeof *fd);
	if (n != (ssize_t)sizeof *message) {
		errno = EBADMSG;
		return -1;
	}
	return 1;
}
