/* Bytes as text: base64 in both alphabets, random hexadecimal, UUIDs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* `len` bytes in base64 with padding. The caller frees. */
char *base64_encode(const void *data, size_t len);

/* The same in the URL alphabet without padding (RFC 7515, appendix C). The caller frees. */
char *base64url_encode(const void *data, size_t len);

/* Decodes either alphabet, padding optional. Adds a NUL that *len does not count. NULL when the `text_len` characters
 * at `text` are not base64. The caller frees. */
char *base64_decode(const char *text, size_t text_len, size_t *len);

/* `bytes` random bytes as capital hexadecimal digits after `prefix`. The caller frees. */
char *random_hex(const char *prefix, size_t bytes);

/* A random UUID (version 4). The caller frees. */
char *random_uuid(void);

/* Whether two secrets are equal, in a time that does not depend on where they differ. */
bool same_secret(const char *a, const char *b);
