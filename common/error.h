/* One error object for every fallible function.
 *
 * A function that can fail takes `struct error *err` last and returns < 0 with `err` filled where it failed;
 * callers add context on the way up; main() prints it once, as
 *     cofferdam: <context>: <object>: <reason> (<hint>)
 * Libraries never print and never exit. */
#pragma once

#include <stddef.h>

#define ERROR_TEXT_MAX 1024
#define ERROR_HINT_MAX 512

struct error {
	char text[ERROR_TEXT_MAX]; /* "<what>: <object>: <reason>", no newline */
	char hint[ERROR_HINT_MAX]; /* the remedy, without parentheses; "" when there is none */
	int errnum;                /* the errno behind it, or 0 */
};

/* The four macros below wrap functions so that compilers and analyzers see that the value is always -1. */

/* Fills `err` with the text. Appends ": strerror(errnum)" unless errnum is 0. EMFILE and ENFILE also set the remedy.
 * Always -1. */
#define error_set(err, errnum, ...)                           \
	({                                                    \
		error_set_text((err), (errnum), __VA_ARGS__); \
		-1;                                           \
	})

/* Fills `err` with the text and sets errnum to ETIMEDOUT, whose strerror() would speak of connections. Always -1. */
#define error_late(err, ...)                         \
	({                                           \
		error_late_text((err), __VA_ARGS__); \
		-1;                                  \
	})

/* Prepends "<fmt>: " to the text. Always -1. */
#define error_context(err, ...)                         \
	({                                              \
		error_context_text((err), __VA_ARGS__); \
		-1;                                     \
	})

/* Sets the remedy. Always -1. */
#define error_hint(err, ...)                         \
	({                                           \
		error_hint_text((err), __VA_ARGS__); \
		-1;                                  \
	})

/* The functions behind the macros, for callers that do not return the -1. */
void error_set_text(struct error *err, int errnum, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void error_late_text(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void error_context_text(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void error_hint_text(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Writes "TEXT (HINT)" into `buf` of `size` bytes, escaped by common/visible.h: a hostile name can neither control a
 * terminal nor begin a line. Returns the length. */
size_t error_format(const struct error *err, char *buf, size_t size);

/* Prints "PROGRAM: TEXT (HINT)\n" on standard error through common/notice.h. */
void error_print(const char *program, const struct error *err);
