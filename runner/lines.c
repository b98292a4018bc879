#include "runner/lines.h"

#include <errno.h>
#include <unistd.h>

static void flush(struct lines *lines, bool ends, lines_each *each, void *context)
{
	lines->buffer[lines->used] = '\0';
	lines->used = 0;
	each(context, lines->buffer);
	lines->continues = !ends;
}

void lines_feed(struct lines *lines, const char *data, size_t len, lines_each *each, void *context)
{
	for (size_t i = 0; i < len; i++) {
		char c = data[i];

		if (c == '\n') {
			/* A line that was cut just where it ends has no further piece. */
			if (lines->used > 0 || !lines->continues)
				flush(lines, true, each, context);
			lines->continues = false;
			continue;
		}
		if (c == '\r')
			continue;
		if (((unsigned char)c < 0x20 && c != '\t') || c == 0x7f)
			c = '?';
		lines->buffer[lines->used++] = c;
		if (lines->used == sizeof lines->buffer - 1)
			flush(lines, false, each, context);
	}
}

long lines_read(struct lines *lines, int fd, lines_each *each, void *context)
{
	char data[4096];
	ssize_t n = read(fd, data, sizeof data);

	if (n > 0)
		lines_feed(lines, data, (size_t)n, each, context);
	else if (n == 0 && lines->used > 0)
		flush(lines, true, each, context);
	return n;
}
