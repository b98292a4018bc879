/* Lines out of a stream of bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define LINE_MAX_BYTES 8192

struct lines {
	size_t used;
	bool continues; /* while `each` runs: what it gets is not the start of a line but goes on with one */
	char buffer[LINE_MAX_BYTES];
};

typedef void lines_each(void *context, const char *line);

/* Reads once from `fd` and calls `each` for every line that is whole, without its newline, with control characters but
 * tab shown as '?'. A longer line is cut into several. Returns what read(2) did; at the end of file the rest is a line.
 */
long lines_read(struct lines *lines, int fd, lines_each *each, void *context);

/* The same for bytes that are there already. */
void lines_feed(struct lines *lines, const char *data, size_t len, lines_each *each, void *context);
