/* One error object for every fallible function.
 *
 * A function that can fail takes `struct error *err` last and returns < 0 with `err` filled where it failed;
 * callers add context on the way up; main() prints it once, as
 *     cofferdam: <context>: <object>: <reason> (<hint>)
 * Libraries never print and never exit. */
#pragma once

#define ERROR_TEXT_MAX 1024
#define ERROR_HINT_MAX 512

struct error {
	char text[ERROR_TEXT_MAX]; /* "<what>: <object>: <reason>", no newline */
	char hint[ERROR_HINT_MAX]; /* the remedy, without parentheses; "" when there is none */
	int errnum;                /* the errno behind it, or 0 */
};

/* Fills `err` with the text. When errnum is not 0, ": strerror(errnum)" is appended. Always returns -1. */
int error_set(struct error *err, int errnum, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts "<fmt>: " in front of the text that is already there. Always returns -1. */
int error_context(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Sets the remedy. Always returns -1. */
int error_hint(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prints "PROGRAM: TEXT (HINT)\n" on standard error in one write(2). Control characters of foreign origin are
 * shown as '?', so that a hostile name cannot drive a terminal. */
void error_print(const char *program, const struct error *err);
