/* Base64 (RFC 4648, section 4), decoding only. */
#pragma once

#include <stddef.h>

/* Decodes `len` characters, padding required, no white space within. The result is NUL-terminated, from the wiping
 * heap, freed with wipe_free(); *out_len does not count the NUL. NULL when it is not base64 or memory ran out. */
char *wipe_base64_decode(const char *text, size_t len, size_t *out_len);
