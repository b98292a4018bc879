#include "runner/common/lines.h"

#include <errno.h>
#include <unistd.h>

static void flush(struct lines *lines, lines_each *each, void *context)
{
	size_t len = lines->used;

	if (len > 0 && lines->buffer[len - 1] == '\r')
		len--;
	lines->used = 0;
	each(context, lines->buffer, len);
}

void lines_feed(struct lines *lines, const char *data, size_t len, lines_each *each, void *context)
{
	for (size_t i = 0; i < len; i++)
		if (data[i] == '\n')
			flush(lines, each, context);
		else if (lines->used < sizeof lines->buffer)
			lines->buffer[lines->used++] = data[i];
}

long lines_read(struct lines *lines, int fd, lines_each *each, void *context)
{
	char data[4096];
	ssize_t n = read(fd, data, sizeof data);

	if (n > 0)
		lines_feed(lines, data, (size_t)n, each, context);
	else if (n == 0 && lines->used > 0)
		flush(lines, each, context);
	return n;
}
