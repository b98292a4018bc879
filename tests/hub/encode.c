#include "tests/hub/encode.h"

#include "common/io.h"
#include "tests/hub/memory.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static char *encode(const char *alphabet, bool pad, const unsigned char *data, size_t len)
{
	char *out = must(malloc((len + 2) / 3 * 4 + 1));
	size_t n = 0;

	for (size_t i = 0; i < len; i += 3) {
		size_t have = len - i < 3 ? len - i : 3;
		uint32_t bits = (uint32_t)data[i] << 16;

		if (have > 1)
			bits |= (uint32_t)data[i + 1] << 8;
		if (have > 2)
			bits |= data[i + 2];
		for (size_t k = 0; k < 4; k++) {
			if (k <= have)
				out[n++] = alphabet[bits >> (18 - 6 * k) & 63];
			else if (pad)
				out[n++] = '=';
		}
	}
	out[n] = '\0';
	return out;
}

char *base64_encode(const void *data, size_t len)
{
	return encode(standard, true, data, len);
}

char *base64url_encode(const void *data, size_t len)
{
	return encode(url_safe, false, data, len);
}

static int digit_value(char c)
{
	const char *at = c == '\0' ? NULL : strchr(standard, c);

	if (at != NULL)
		return (int)(at - standard);
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

char *base64_decode(const char *text, size_t text_len, size_t *len)
{
	char *out = must(malloc(text_len / 4 * 3 + 4));
	uint32_t bits = 0;
	size_t n = 0, digits = 0;

	while (text_len > 0 && text[text_len - 1] == '=')
		text_len--;
	for (; digits < text_len; digits++) {
		int value = digit_value(text[digits]);

		if (value < 0)
			break;
		bits = bits << 6 | (uint32_t)value;
		if (digits % 4 != 0)
			out[n++] = (char)(bits >> (6 - 2 * (digits % 4)) & 0xff);
	}
	if (digits < text_len || digits % 4 == 1) {
		free(out);
		return NULL;
	}
	out[n] = '\0';
	*len = n;
	return out;
}

static void random_bytes(unsigned char *bytes, size_t len)
{
	if (RAND_bytes(bytes, (int)len) != 1) {
		fputs("hub: no random bytes\n", stderr);
		abort();
	}
}

char *random_hex(const char *prefix, size_t bytes)
{
	size_t used = strlen(prefix);
	char *out = must(malloc(used + 2 * bytes + 1));

	memcpy(out, prefix, used + 1);
	for (size_t i = 0; i < bytes; i++) {
		unsigned char byte;

		random_bytes(&byte, 1);
		snprintf(out + used + 2 * i, 3, "%02X", byte);
	}
	return out;
}

char *random_uuid(void)
{
	unsigned char b[16];

	random_bytes(b, sizeof b);
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	return must(format("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2],
		b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]));
}

bool same_secret(const char *a, const char *b)
{
	size_t len = strlen(a);

	return len == strlen(b) && CRYPTO_memcmp(a, b, len) == 0;
}
