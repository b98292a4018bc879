#include "sandbox/message.h"

#include <errno.h>
#include <sys/socket.h>

void message_send(int fd, const struct message *message)
{
	while (send(fd, message, sizeof *message, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

int message_receive(int fd, struct message *message)
{
	ssize_t n;

	do
		n = recv(fd, message, sizeof *message, 0);
	while (n < 0 && errno == EINTR);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return 0;
	if (n != (ssize_t)sizeof *message)
		return -1;
	return 1;
}
