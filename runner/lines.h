/* Lines out of a stream of bytes. */
#pragma once

#include "common/notice.h"

#include <stddef.h>

/* No line of ours shows as much: one that is cut here is cut again where it is shown, with the mark of
 * common/visible.h. */
#define LINE_MAX_BYTES NOTICE_MAX

struct lines {
	size_t used;
	char buffer[LINE_MAX_BYTES];
};

/* `line` is as it came, with any byte in it but a newline, and not terminated. */
typedef void lines_each(void *context, const char *line, size_t len);

/* Reads once from `fd` and calls `each` for every line that is whole, once, without its "\n" or "\r\n": however long it
 * is, it stays one line, and what is beyond LINE_MAX_BYTES is thrown away. Returns what read(2) did; at the end of file
 * the rest is a line. */
long lines_read(struct lines *lines, int fd, lines_each *each, void *context);

/* The same for bytes that are there already. */
void lines_feed(struct lines *lines, const char *data, size_t len, lines_each *each, void *context);
