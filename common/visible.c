#include "common/visible.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct range {
	uint32_t first, last;
};

/* Unicode 15: categories Cc, Cf, Zl, Zp, and Default_Ignorable_Code_Point; in order. Noncharacters by rule. */
static const struct range hidden[] = {
	{0x0000, 0x001f},
	{0x007f, 0x009f},
	{0x00ad, 0x00ad},
	{0x034f, 0x034f},
	{0x0600, 0x0605},
	{0x061c, 0x061c},
	{0x06dd, 0x06dd},
	{0x070f, 0x070f},
	{0x0890, 0x0891},
	{0x08e2, 0x08e2},
	{0x115f, 0x1160},
	{0x17b4, 0x17b5},
	{0x180b, 0x180f},
	{0x200b, 0x200f},
	{0x2028, 0x202e},
	{0x2060, 0x206f},
	{0x3164, 0x3164},
	{0xfdd0, 0xfdef},
	{0xfe00, 0xfe0f},
	{0xfeff, 0xfeff},
	{0xffa0, 0xffa0},
	{0xfff0, 0xfffb},
	{0x110bd, 0x110bd},
	{0x110cd, 0x110cd},
	{0x13430, 0x1343f},
	{0x1bca0, 0x1bca3},
	{0x1d173, 0x1d17a},
	{0xe0000, 0xe0fff},
};

static bool is_hidden(uint32_t c)
{
	size_t i = 0;

	if ((c & 0xfffe) == 0xfffe)
		return true;
	while (i < sizeof hidden / sizeof hidden[0] && hidden[i].last < c)
		i++;
	return i < sizeof hidden / sizeof hidden[0] && hidden[i].first <= c;
}

/* How many bytes from `p` on are one character, put into *c, or 0: no UTF-8. RFC 3629: the shortest form only, no
 * surrogates, nothing above U+10FFFF. */
static size_t decode(const unsigned char *p, size_t left, uint32_t *c)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const size_t len = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

	if (len == 0 || len > left)
		return 0;
	*c = len == 1 ? p[0] : p[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (p[i] & 0x3fu);
	}
	return *c >= least[len] && *c <= 0x10ffff && (*c < 0xd800 || *c > 0xdfff) ? len : 0;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Whether what follows a backslash would make it one of ours. */
static bool looks_ours(const char *after, size_t left)
{
	return (left >= 3 && after[0] == 'x' && is_hex(after[1]) && is_hex(after[2])) ||
	       (left >= 3 && memcmp(after, "...", 3) == 0);
}

static size_t escape(char one[4], char byte)
{
	static const char digits[] = "0123456789abcdef";

	one[0] = '\\';
	one[1] = 'x';
	one[2] = digits[(unsigned char)byte >> 4];
	one[3] = digits[byte & 0xf];
	return 4;
}

/* What stands for the beginning of `text`, into `one`; *taken: how many bytes of it. */
static size_t show(char one[4], const char *text, size_t left, enum visible_mode mode, size_t *taken)
{
	uint32_t c = 0;
	size_t len = decode((const unsigned char *)text, left, &c);

	*taken = 1;
	if (len == 0 || is_hidden(c) || (mode == VISIBLE_QUOTED && c > 0x7e))
		return escape(one, text[0]);
	if (mode == VISIBLE_QUOTED && (c == '"' || c == '\\')) {
		one[0] = '\\';
		one[1] = text[0];
		return 2;
	}
	if (c == '\\' && (mode == VISIBLE_NAME || (mode == VISIBLE_TEXT && looks_ours(text + 1, left - 1))))
		return escape(one, text[0]);
	memcpy(one, text, len);
	*taken = len;
	return len;
}

size_t visible(char *to, size_t size, const char *text, size_t len, enum visible_mode mode)
{
	const size_t mark = sizeof VISIBLE_CUT - 1;
	size_t used = 0, fits = 0, n, taken;
	char one[4];

	for (size_t at = 0; at < len; at += taken, used += n) {
		n = show(one, text + at, len - at, mode, &taken);
		if (used + mark < size)
			fits = used; /* here there is room for the mark */
		if (used + n >= size) {
			memcpy(to + fits, VISIBLE_CUT, mark);
			used = fits + mark;
			break;
		}
		memcpy(to + used, one, n);
	}
	to[used] = '\0';
	return used;
}

void visible_print(FILE *out, const char *text)
{
	char shown[4096];

	visible(shown, sizeof shown, text, strlen(text), VISIBLE_TEXT);
	fputs(shown, out);
}
