#include "sandbox/terminal/flow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int flow_end_open(struct flow_end *end, int fd, int access, struct error *err)
{
	char path[32];
	struct stat st;

	*end = (struct flow_end){.fd = -1, .shared = -1};
	if (fstat(fd, &st) < 0)
		return error_set(err, errno, "tty: file descriptor %d", fd);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	end->shared = fcntl(fd, F_GETFL);
	if (end->shared < 0)
		return error_set(err, errno, "tty: file descriptor %d", fd);
	end->fd = fd;
	/* A regular file never blocks, and opened once more it would begin at its beginning. */
	if (S_ISREG(st.st_mode))
		return 0;
	end->fd = open(path, access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (end->fd >= 0) {
		end->shared = -1;
		return 0;
	}
	/* A socket, or a terminal that belongs to somebody else. */
	end->fd = fd;
	end->blocks = true;
	flow_end_again(end);
	return 0;
}

void flow_end_restore(struct flow_end *end)
{
	if (end->switched)
		fcntl(end->fd, F_SETFL, end->shared);
	end->switched = false;
}

void flow_end_again(struct flow_end *end)
{
	end->switched = end->fd >= 0 && end->blocks && (end->shared & O_NONBLOCK) == 0 &&
			fcntl(end->fd, F_SETFL, end->shared | O_NONBLOCK) == 0;
}

void flow_end_close(struct flow_end *end)
{
	flow_end_restore(end);
	if (end->fd >= 0 && end->shared < 0)
		close(end->fd);
	end->fd = -1;
}

bool flow_is_empty(const struct flow *flow)
{
	return flow->start == flow->end;
}

void flow_clear(struct flow *flow)
{
	flow->start = flow->end = 0;
}

char flow_last(const struct flow *flow)
{
	return flow->last;
}

bool flow_take_out(struct flow *flow, char byte)
{
	char *at = memchr(flow->data + flow->start, byte, flow->end - flow->start);

	if (at == NULL)
		return false;
	memmove(at, at + 1, (size_t)(flow->data + flow->end - at) - 1);
	flow->end--;
	return true;
}

void flow_put(struct flow *flow, const char *data, size_t len)
{
	memcpy(flow->data, data, len);
	flow->start = 0;
	flow->end = len;
	flow->last = data[len - 1];
}

int flow_read(struct flow *flow, int fd)
{
	ssize_t n;

	flow_clear(flow);
	do
		n = read(fd, flow->data, sizeof flow->data);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 1;
	if (n <= 0)
		return (int)n;
	flow->end = (size_t)n;
	flow->last = flow->data[n - 1];
	return 1;
}

int flow_write(struct flow *flow, int fd)
{
	while (flow->start < flow->end) {
		ssize_t n = write(fd, flow->data + flow->start, flow->end - flow->start);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -1;
		flow->start += (size_t)n;
	}
	return 0;
}
