#include "runner/common/base64.h"

#include "runner/common/wipe.h"

#include <stdint.h>

/* The value of a digit, or -1. */
static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

char *wipe_base64_decode(const char *text, size_t len, size_t *out_len)
{
	size_t padding = 0, used = 0;
	uint32_t bits = 0;
	char *out;

	if (len == 0 || len % 4 != 0)
		return NULL;
	while (padding < 2 && text[len - 1 - padding] == '=')
		padding++;
	out = wipe_malloc(len / 4 * 3 + 1);
	for (size_t i = 0; out != NULL && i < len; i++) {
		int value = i >= len - padding ? 0 : digit(text[i]);

		if (value < 0) {
			wipe_free(out);
			return NULL;
		}
		bits = bits << 6 | (uint32_t)value;
		if (i % 4 == 3) {
			out[used++] = (char)(bits >> 16 & 0xff);
			out[used++] = (char)(bits >> 8 & 0xff);
			out[used++] = (char)(bits & 0xff);
		}
	}
	if (out == NULL)
		return NULL;
	used -= padding;
	out[used] = '\0';
	*out_len = used;
	return out;
}
