/* Splits a stream of bytes into lines. */
#pragma once

#include "common/notice.h"

#include <stddef.h>

/* The maximum length of a line. A longer line is truncated here, and again with the mark of common/visible.h when it is
 * printed. */
#define LINE_MAX_BYTES NOTICE_MAX

struct lines {
	size_t used;
	char buffer[LINE_MAX_BYTES];
};

/* `line` is raw, may contain any byte except a newline, and is not NUL-terminated. */
typedef void lines_each(void *context, const char *line, size_t len);

/* Reads once from `fd` and calls `each` once for every complete line, without its "\n" or "\r\n". A line stays one line
 * at any length; bytes beyond LINE_MAX_BYTES are discarded. At the end of file the rest is a line. Returns the result
 * of read(2). */
long lines_read(struct lines *lines, int fd, lines_each *each, void *context);

/* The same for bytes in memory. */
void lines_feed(struct lines *lines, const char *data, size_t len, lines_each *each, void *context);
