#include "policy/messages/pattern.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define WITHIN_MIN 4

static bool is_word(char c)
{
	return isalnum((unsigned char)c) != 0;
}

/* Whether a colour's escape sequence (ESC [ … m) ends before `at`. */
static bool ends_colour(const char *line, size_t at)
{
	size_t from = at - 1;

	if (line[from] != 'm')
		return false;
	while (from > 0 && strchr("0123456789;", line[from - 1]) != NULL)
		from--;
	return from >= 2 && line[from - 1] == '[' && line[from - 2] == '\033';
}

static bool fits_at(const char *part, size_t part_len, const char *line, size_t len, size_t at)
{
	const size_t end = at + part_len;

	if (end > len || strncasecmp(line + at, part, part_len) != 0)
		return false;
	if (at > 0 && is_word(part[0]) && is_word(line[at - 1]) && !ends_colour(line, at))
		return false;
	return end == len || !is_word(part[part_len - 1]) || !is_word(line[end]);
}

size_t match_pattern(const char *pattern, const char *line, size_t len)
{
	size_t at = 0, score = 0;

	while (*pattern != '\0') {
		const size_t part_len = strcspn(pattern, "*");

		if (part_len > 0) {
			while (at < len && !fits_at(pattern, part_len, line, len, at))
				at++;
			if (at == len)
				return 0;
			at += part_len;
			score += part_len;
		}
		pattern += part_len;
		pattern += *pattern == '*';
	}
	return score;
}

bool match_within(const char *text, size_t len, const char *pattern)
{
	const size_t pattern_len = strlen(pattern);

	if (len < WITHIN_MIN)
		return false;
	for (size_t at = 0; at + len <= pattern_len; at++)
		if (strncasecmp(pattern + at, text, len) == 0)
			return true;
	return false;
}
