/* Base 64 (RFC 4648), plain and for URLs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The caller frees; NULL when memory ran out. `url` means the URL alphabet without padding. */
char *base64_encode(const void *data, size_t len, bool url);

/* Accepts white space, both alphabets, with or without padding. The caller frees; a final NUL is added, which *len does
 * not count. NULL when it is not base 64. */
char *base64_decode(const char *text, size_t *len);
