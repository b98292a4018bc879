/* UTF-8 to UTF-16LE and back: the encoding of the messages between Listener and Worker. No byte order mark. */
#pragma once

#include "common/error.h"

#include <stddef.h>

/* The caller frees *out. Bad UTF-8 is an error (EILSEQ). */
int utf16le_encode(const char *text, size_t len, unsigned char **out, size_t *out_len, struct error *err);

/* The caller frees *out, which has a final NUL that *out_len does not count. An odd length is an error; a lone
 * surrogate becomes U+FFFD, as in .NET. */
int utf16le_decode(const unsigned char *data, size_t len, char **out, size_t *out_len, struct error *err);
