/* Foreign text, made fit for a terminal, a log, a message: one line, bounded, and nothing in it that acts or hides.
 *
 * What is not shown as it is becomes `\xHH`, two lower-case hexadecimal digits for each of its bytes: C0 and C1
 * controls, DEL, whatever is not UTF-8 (also overlong forms and surrogates), line and paragraph separators (U+2028,
 * U+2029), format characters (bidirectional controls, zero-width ones, tags, all that Unicode calls Cf), other
 * characters that are ignored by default, and noncharacters. Text that is cut ends in `\...`, which a text that is
 * whole never holds. Whoever puts the byte in the place of each `\xHH` has the text again. Pure. */
#pragma once

#include <stddef.h>
#include <stdio.h>

enum visible_mode {
	/* A backslash stays what it is, but where it could be read as one of the above it becomes `\x5c`. */
	VISIBLE_TEXT,
	/* Every backslash becomes `\x5c`: for lists of names. */
	VISIBLE_NAME,
	/* For the inside of "…": `\"`, `\\`, and `\xHH` also for all that is not ASCII. */
	VISIBLE_QUOTED,
	/* A message of ours with parts that are visible already: a backslash stays what it is. */
	VISIBLE_ALREADY,
};

#define VISIBLE_CUT "\\..."
#define VISIBLE_SIZE_MIN 8

/* Writes `len` bytes of `text` into `to`, of `size` bytes (VISIBLE_SIZE_MIN at least) with the final NUL. Returns the
 * length of what is there then. */
size_t visible(char *to, size_t size, const char *text, size_t len, enum visible_mode mode);

/* Prints a text as VISIBLE_TEXT, up to some 4,000 bytes of it. */
void visible_print(FILE *out, const char *text);
