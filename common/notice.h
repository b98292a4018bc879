/* What a program says to people beside its output: one line on standard error, in one write(2) so that those of several
 * processes do not mix, and shown as common/visible.h has it. Nobody who does not read can stop the program: after some
 * seconds he misses lines. */
#pragma once

#include <stddef.h>

/* Bytes of such a line at most, its newline included: what a pipe takes whole (PIPE_BUF). */
#define NOTICE_MAX 4096

/* Writes "PROGRAM: TEXT\n". */
void notice(const char *program, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same for a text with parts that are visible already: nothing is escaped twice. */
void notice_visible(const char *program, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Writes "PROGRAM: FROM: TEXT\n": a line that another program has written, `len` bytes of it. */
void notice_relayed(const char *program, const char *from, const char *text, size_t len);

/* Writes a line that is ready, newline included, to standard output (1) or standard error (2). 0, or -1 with errno:
 * EAGAIN when nobody reads. */
int notice_line(int to, const char *line, size_t len);
