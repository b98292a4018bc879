#include "runner/worker/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int control_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int control_hand_over(int socket_fd, const int fds[HANDOVER_FD_COUNT])
{
	union {
		char space[CMSG_SPACE(HANDOVER_FD_COUNT * sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec text = {.iov_base = (void *)HANDOVER_HELLO, .iov_len = strlen(HANDOVER_HELLO)};
	struct msghdr message = {
		.msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control,
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(HANDOVER_FD_COUNT * sizeof(int));
	memcpy(CMSG_DATA(header), fds, HANDOVER_FD_COUNT * sizeof(int));
	return sendmsg(socket_fd, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

void control_parse(const char *text, struct control_order *order)
{
	size_t prefix = strlen(HANDOVER_EXIT);
	char *end;
	long code;

	memset(order, 0, sizeof *order);
	if (strcmp(text, HANDOVER_CANCEL) == 0) {
		order->kind = CONTROL_CANCEL;
		return;
	}
	if (strncmp(text, HANDOVER_EXIT, prefix) != 0)
		return;
	code = strtol(text + prefix, &end, 10);
	if (end == text + prefix || (*end != '\n' && *end != '\0') || code < 0 || code > 255)
		return;
	order->kind = CONTROL_EXIT;
	order->code = (int)code;
	if (*end == '\n')
		snprintf(order->reason, sizeof order->reason, "%s", end + 1);
}

void control_read(int socket_fd, struct control_order *order)
{
	char text[HANDOVER_TEXT_MAX];
	ssize_t n = recv(socket_fd, text, sizeof text - 1, 0);

	memset(order, 0, sizeof *order);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		order->kind = CONTROL_LOST;
		return;
	}
	text[n] = '\0';
	control_parse(text, order);
}
