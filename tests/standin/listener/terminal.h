/* What the Listener says on its standard output, and its own log. */
#pragma once

#include "common/error.h"

/* Prints "YYYY-MM-DD HH:MM:SSZ: <text>" and a newline, at once. */
void terminal_stamped(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints a line as it is, at once. */
void terminal_line(const char *text);

/* "An error occurred: …" on standard error. */
void terminal_error(const char *text);

/* Opens <root>/_diag/Runner_<time>-utc.log; without it the log goes nowhere. */
int terminal_log_open(const char *root, struct error *err);

/* A line in that log. Never a token or a job message. */
void terminal_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
