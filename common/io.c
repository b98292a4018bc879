#include "common/io.h"

#include "common/cleanup.h"
#include "common/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* What writes a pipe is given so long for all of it. */
#define WRITER_LIMIT_MS 10000

/* Until there is something to be read, where the descriptor does not wait by itself. */
static int await_writer(int fd, int64_t deadline_ns)
{
	const int64_t left_ms = (deadline_ns - clock_monotonic_ns()) / NS_PER_MS;
	struct pollfd readable = {.fd = fd, .events = POLLIN};

	if (left_ms > 0 && poll(&readable, 1, (int)left_ms) != 0)
		return 0;
	errno = ETIMEDOUT;
	return -1;
}

int read_all(int fd, size_t max, char **data, size_t *len)
{
	_cleanup_(freep) char *buf = NULL;
	size_t used = 0, size = 0;
	int64_t deadline_ns = 0;

	for (;;) {
		ssize_t n;

		if (used + 1 >= size) {
			size_t bigger = size == 0 ? 4096 : size * 2;
			char *grown = realloc(buf, bigger);

			if (grown == NULL)
				return -1;
			buf = grown;
			size = bigger;
		}
		n = read(fd, buf + used, size - used - 1);
		if (n < 0 && errno == EAGAIN) {
			if (deadline_ns == 0)
				deadline_ns = clock_monotonic_ns() + WRITER_LIMIT_MS * NS_PER_MS;
			if (await_writer(fd, deadline_ns) < 0)
				return -1;
			continue;
		}
		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		if (n == 0)
			break;
		used += (size_t)n;
		if (used > max) {
			errno = EFBIG;
			return -1;
		}
	}
	buf[used] = '\0';
	*data = take_ptr(buf);
	*len = used;
	return 0;
}

int read_file_at(int dirfd, const char *path, size_t max, char **data, size_t *len, struct error *err)
{
	/* A FIFO that nobody writes is empty, and one that somebody does not go on writing is an error in the end: who
	 * reads may be deaf to signals. */
	_cleanup_(close_fd) int fd = openat(dirfd, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return error_set(err, errno, "open %s", path);
	if (read_all(fd, max, data, len) < 0)
		return error_set(err, errno, "read %s", path);
	return 0;
}

int write_file_at(int dirfd, const char *path, const char *text)
{
	_cleanup_(close_fd) int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	size_t len = strlen(text);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, text, len);
	if (n < 0)
		return -1;
	if ((size_t)n != len) {
		errno = EIO;
		return -1;
	}
	return 0;
}

FILE *open_regular(const char *path, struct error *err)
{
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	FILE *file;

	if (fd < 0 || fstat(fd, &st) < 0) {
		error_set_text(err, errno, "%s", path);
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		error_set_text(err, S_ISDIR(st.st_mode) ? EISDIR : 0, "%s: not a regular file", path);
		return NULL;
	}
	file = fdopen(fd, "re");
	if (file == NULL)
		error_set_text(err, errno, "%s", path);
	else
		(void)take_fd(&fd); /* the stream's */
	return file;
}

char *format(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	return n < 0 ? NULL : text;
}
