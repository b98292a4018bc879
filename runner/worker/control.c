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

int control_hello(int socket_fd, const struct subject *subject)
{
	char text[HANDOVER_TEXT_MAX];

	snprintf(text, sizeof text, HANDOVER_HELLO "%s\n%d\n%d\n%s\n%s", subject->repository, (int)subject->docker,
		(int)subject->source, subject->workflow, subject->job);
	return send(socket_fd, text, strlen(text), MSG_NOSIGNAL) < 0 ? -1 : 0;
}

/* True when all are there. The supervisor sends four or none: what else came is not read any more. */
static bool take_fds(struct msghdr *message, int fds[HANDOVER_FD_COUNT])
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(message);

	if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
		header->cmsg_len != CMSG_LEN(HANDOVER_FD_COUNT * sizeof(int)))
		return false;
	memcpy(fds, CMSG_DATA(header), HANDOVER_FD_COUNT * sizeof(int));
	return true;
}

int control_await_begin(int socket_fd, int fds[HANDOVER_FD_COUNT], struct control_order *order)
{
	union {
		char space[CMSG_SPACE(HANDOVER_FD_COUNT * sizeof(int))];
		struct cmsghdr align;
	} control;
	char text[HANDOVER_TEXT_MAX];
	struct iovec part = {.iov_base = text, .iov_len = sizeof text - 1};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	ssize_t n;

	do
		n = recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	memset(order, 0, sizeof *order);
	order->kind = CONTROL_LOST;
	if (n <= 0)
		return -1;
	text[n] = '\0';
	if (strcmp(text, HANDOVER_BEGIN) == 0 && take_fds(&message, fds)) {
		order->kind = CONTROL_NOTHING;
		return 0;
	}
	control_parse(text, order);
	if (order->kind != CONTROL_EXIT)
		order->kind = CONTROL_LOST;
	return -1;
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
