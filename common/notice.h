/* Messages to people on standard error, one line each.
 *
 * A line is one write(2), so that lines of several processes do not mix, and it is escaped by common/visible.h. A
 * reader that does not read cannot stop the program: after some seconds lines are dropped. */
#pragma once

#include <stddef.h>

/* The maximum size of a line with its newline: a pipe takes that much atomically (PIPE_BUF). */
#define NOTICE_MAX 4096

/* Writes "PROGRAM: TEXT\n". */
void notice(const char *program, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same for a text with parts that are escaped already: nothing is escaped twice. */
void notice_visible(const char *program, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Writes "PROGRAM: FROM: TEXT\n" for a line of `len` bytes from another program. */
void notice_relayed(const char *program, const char *from, const char *text, size_t len);

/* Writes a complete line with its newline to standard output (1) or standard error (2). 0, or -1 with errno: EAGAIN if
 * the reader does not read. */
int notice_line(int to, const char *line, size_t len);
