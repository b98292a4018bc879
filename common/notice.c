#include "common/notice.h"

#include "common/visible.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define READER_MS 5000

/* A job can fill the pipe that it shares with us, and a log collector can hang: then nobody may read for ever. One who
 * does not read for that long misses lines until he does. Where poll(2) finds room in a pipe a line of ours fits. */
static bool somebody_reads(int to)
{
	static bool missed[STDERR_FILENO + 1];
	struct pollfd fd = {.fd = to, .events = POLLOUT};

	missed[to] = poll(&fd, 1, missed[to] ? 0 : READER_MS) == 0;
	return !missed[to];
}

int notice_line(int to, const char *line, size_t len)
{
	if (somebody_reads(to))
		return write(to, line, len) < 0 ? -1 : 0;
	errno = EAGAIN;
	return -1;
}

static void put(const char *program, const char *text, size_t len, enum visible_mode mode)
{
	char line[NOTICE_MAX];
	size_t used = (size_t)snprintf(line, sizeof line / 2, "%.120s: ", program);

	used += visible(line + used, sizeof line - used, text, len, mode);
	line[used++] = '\n';
	if (notice_line(STDERR_FILENO, line, used) < 0)
		return; /* nowhere left to say it */
}

static void put_format(const char *program, enum visible_mode mode, const char *fmt, va_list ap)
{
	char text[NOTICE_MAX];
	int n = vsnprintf(text, sizeof text, fmt, ap);

	put(program, text, n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1, mode);
}

void notice(const char *program, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_format(program, VISIBLE_TEXT, fmt, ap);
	va_end(ap);
}

void notice_visible(const char *program, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_format(program, VISIBLE_ALREADY, fmt, ap);
	va_end(ap);
}

void notice_relayed(const char *program, const char *from, const char *text, size_t len)
{
	char both[128];

	snprintf(both, sizeof both, "%.80s: %.40s", program, from);
	put(both, text, len, VISIBLE_TEXT);
}
