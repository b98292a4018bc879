#include "tests/standin/shared/utf16.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#define REPLACEMENT 0xFFFDu

/* One code point from UTF-8 (RFC 3629): its length in bytes, or 0 where the bytes are none. */
static size_t take_utf8(const unsigned char *p, size_t left, uint32_t *code)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;

	if (n == 1) {
		*code = p[0];
		return 1;
	}
	if (p[0] < 0xC2 || p[0] > 0xF4 || n > left)
		return 0;
	*code = p[0] & (0xFFu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3Fu);
	}
	return *code < smallest[n] || *code > 0x10FFFF || (*code >= 0xD800 && *code <= 0xDFFF) ? 0 : n;
}

static size_t put_unit(unsigned char *out, uint32_t unit)
{
	out[0] = (unsigned char)(unit & 0xFF);
	out[1] = (unsigned char)(unit >> 8 & 0xFF);
	return 2;
}

int utf16le_encode(const char *text, size_t len, unsigned char **out, size_t *out_len, struct error *err)
{
	/* No UTF-8 byte makes more than one unit of two bytes. */
	unsigned char *data = malloc(len * 2 + 1);
	size_t used = 0;

	if (data == NULL)
		return error_set(err, ENOMEM, "utf-16");
	for (size_t i = 0; i < len;) {
		uint32_t code = 0;
		size_t n = take_utf8((const unsigned char *)text + i, len - i, &code);

		if (n == 0) {
			free(data);
			return error_set(err, EILSEQ, "utf-8 at byte %zu", i);
		}
		if (code >= 0x10000) {
			code -= 0x10000;
			used += put_unit(data + used, 0xD800 | code >> 10);
			used += put_unit(data + used, 0xDC00 | (code & 0x3FF));
		} else {
			used += put_unit(data + used, code);
		}
		i += n;
	}
	*out = data;
	*out_len = used;
	return 0;
}

static size_t put_utf8(char *out, uint32_t code)
{
	static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3F));
	out[0] = (char)(n == 1 ? code : lead[n] | code);
	return n;
}

static uint32_t unit_at(const unsigned char *data, size_t i)
{
	return (uint32_t)data[i] | (uint32_t)data[i + 1] << 8;
}

int utf16le_decode(const unsigned char *data, size_t len, char **out, size_t *out_len, struct error *err)
{
	size_t used = 0;
	char *text;

	if (len % 2 != 0)
		return error_set(err, 0, "utf-16: odd length %zu", len);
	text = malloc(len / 2 * 3 + 1);
	if (text == NULL)
		return error_set(err, ENOMEM, "utf-16");
	for (size_t i = 0; i < len; i += 2) {
		uint32_t code = unit_at(data, i);

		if (code >= 0xD800 && code <= 0xDBFF && i + 4 <= len && (unit_at(data, i + 2) & 0xFC00) == 0xDC00) {
			code = 0x10000 + ((code & 0x3FF) << 10 | (unit_at(data, i + 2) & 0x3FF));
			i += 2;
		} else if (code >= 0xD800 && code <= 0xDFFF) {
			code = REPLACEMENT;
		}
		used += put_utf8(text + used, code);
	}
	text[used] = '\0';
	*out = text;
	*out_len = used;
	return 0;
}
