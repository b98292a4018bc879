/* Decoder of base64 (RFC 4648, section 4). */
#pragma once

#include <stddef.h>

/* Decodes `len` characters. Padding is required, white space is refused. The result is NUL-terminated and from the
 * wiping heap; the caller calls wipe_free(). *out_len does not count the NUL. NULL if the text is not base64 or memory
 * ran out.
 */
char *wipe_base64_decode(const char *text, size_t len, size_t *out_len);
