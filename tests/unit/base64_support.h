/* Base64 (RFC 4648, section 4), encoding: to make what the product only decodes. */
#pragma once

#include <stdlib.h>
#include <string.h>

/* Encodes `len` bytes, with padding. The caller frees the result. */
static inline char *base64_encode(const char *data, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = malloc((len + 2) / 3 * 4 + 1), *p = text;

	if (text == NULL)
		abort();
	for (size_t i = 0; i < len; i += 3) {
		unsigned bits = 0;

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 | (i + k < len ? (unsigned char)data[i + k] : 0);
		for (int shift = 18; shift >= 0; shift -= 6)
			*p++ = digits[bits >> shift & 63];
		if (i + 1 >= len)
			p[-2] = '=';
		if (i + 2 >= len)
			p[-1] = '=';
	}
	*p = '\0';
	return text;
}
