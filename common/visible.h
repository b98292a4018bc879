/* Foreign text escaped for terminals, logs and messages: one bounded line without invisible characters.
 *
 * Each byte of the following becomes `\xHH` with two lower-case hexadecimal digits: C0 and C1 controls, DEL, bytes that
 * are not UTF-8 (also overlong forms and surrogates), line and paragraph separators (U+2028, U+2029), format characters
 * (Unicode category Cf: bidirectional controls, zero-width characters, tags), other default-ignorable characters, and
 * noncharacters. Truncated text ends in `\...`, which complete text never contains. Replacing each `\xHH` by its byte
 * restores the text. Pure. */
#pragma once

#include <stddef.h>
#include <stdio.h>

enum visible_mode {
	/* A backslash is kept, unless it could be read as one of the above: then it becomes `\x5c`. */
	VISIBLE_TEXT,
	/* For lists of names: every backslash becomes `\x5c`. */
	VISIBLE_NAME,
	/* For text inside "…": `\"`, `\\`, and `\xHH` also for every byte that is not ASCII. */
	VISIBLE_QUOTED,
	/* For a message of ours with parts that are escaped already: a backslash is kept. */
	VISIBLE_ALREADY,
};

#define VISIBLE_CUT "\\..."
#define VISIBLE_SIZE_MIN 8

/* Escapes `len` bytes of `text` into `to`, whose `size` includes the final NUL and is at least VISIBLE_SIZE_MIN.
 * Returns the length of the result. */
size_t visible(char *to, size_t size, const char *text, size_t len, enum visible_mode mode);

/* Prints a text as VISIBLE_TEXT, truncated at about 4,000 bytes. */
void visible_print(FILE *out, const char *text);
