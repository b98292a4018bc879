#include "tests/standin/shared/base64.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char for_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char *base64_encode(const void *data, size_t len, bool url)
{
	const char *alphabet = url ? for_url : plain;
	const unsigned char *in = data;
	char *out = malloc(len / 3 * 4 + 5);
	char *p = out;

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i < 3 ? len - i : 3;
		uint32_t bits = (uint32_t)in[i] << 16;

		bits |= left > 1 ? (uint32_t)in[i + 1] << 8 : 0;
		bits |= left > 2 ? in[i + 2] : 0;
		for (size_t k = 0; k <= left; k++)
			*p++ = alphabet[bits >> (18 - 6 * k) & 63];
		for (size_t k = left; k < 3 && !url; k++)
			*p++ = '=';
	}
	*p = '\0';
	return out;
}

static int value_of(char c)
{
	const char *p = strchr(plain, c == '-' ? '+' : c == '_' ? '/' : c);

	return c == '\0' || p == NULL ? -1 : (int)(p - plain);
}

char *base64_decode(const char *text, size_t *len)
{
	char *out = malloc(strlen(text) / 4 * 3 + 4);
	uint32_t bits = 0;
	size_t used = 0;
	int have = 0;

	if (out == NULL)
		return NULL;
	for (; *text != '\0' && *text != '='; text++) {
		int value = value_of(*text);

		if (isspace((unsigned char)*text))
			continue;
		if (value < 0) {
			free(out);
			return NULL;
		}
		bits = bits << 6 | (uint32_t)value;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[used++] = (char)(bits >> have & 0xFF);
		}
	}
	if (have == 6 || text[strspn(text, "= \t\r\n")] != '\0') {
		free(out);
		return NULL;
	}
	out[used] = '\0';
	*len = used;
	return out;
}
