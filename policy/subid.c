#include "policy/subid.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SUGGESTED 100000

/* Decimal digits that fill the whole field. */
static bool parse_id(const char *text, size_t len, uint32_t *id)
{
	uint32_t value = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (uint32_t)(text[i] - '0'), &value))
			return false;
	}
	*id = value;
	return len > 0;
}

static bool parse_range(const char *text, size_t len, struct subid *line)
{
	const char *colon = memchr(text, ':', len);
	uint32_t end;

	if (colon == NULL || !parse_id(text, (size_t)(colon - text), &line->first) ||
		!parse_id(colon + 1, len - (size_t)(colon + 1 - text), &line->count))
		return false;
	/* The last id of all, (uid_t)-1, means "no id" to the kernel. */
	return line->count > 0 && !__builtin_add_overflow(line->first, line->count, &end);
}

static bool parse_line(const char *text, size_t len, struct subid *line)
{
	const char *colon = memchr(text, ':', len);

	if (colon == NULL || colon == text || text[0] == '#')
		return false;
	line->owner = text;
	line->owner_len = (size_t)(colon - text);
	line->malformed = !parse_range(colon + 1, len - line->owner_len - 1, line);
	return true;
}

int subid_parse(const char *text, size_t len, struct subid_list *list, struct error *err)
{
	unsigned number = 0;
	size_t room = 0;

	*list = (struct subid_list){0};
	while (len > 0) {
		const char *newline = memchr(text, '\n', len);
		size_t length = newline != NULL ? (size_t)(newline - text) : len;
		struct subid line = {.line = ++number};

		if (parse_line(text, length, &line)) {
			if (list->n == room) {
				struct subid *grown = reallocarray(list->lines, room * 2 + 16, sizeof *grown);

				if (grown == NULL)
					return error_set(err, ENOMEM, "subordinate ids");
				list->lines = grown;
				room = room * 2 + 16;
			}
			list->lines[list->n++] = line;
		}
		length += newline != NULL;
		text += length;
		len -= length;
	}
	return 0;
}

void subid_list_free(struct subid_list *list)
{
	free(list->lines);
	*list = (struct subid_list){0};
}

bool subid_is_owned(const struct subid *line, const struct subid_owner *owner)
{
	char number[16];

	if (owner->name != NULL && strlen(owner->name) == line->owner_len &&
		memcmp(owner->name, line->owner, line->owner_len) == 0)
		return true;
	snprintf(number, sizeof number, "%u", owner->id);
	return strlen(number) == line->owner_len && memcmp(number, line->owner, line->owner_len) == 0;
}

static int by_first(const void *a, const void *b)
{
	const struct subid *one = a, *other = b;

	return (one->first > other->first) - (one->first < other->first);
}

uint32_t subid_free_range(
	const struct subid_list *list, const struct subid_list *other, const struct subid_owner *owner, uint32_t count)
{
	struct subid *all = calloc(list->n + other->n + 1, sizeof *all);
	uint64_t at = FIRST_SUGGESTED;
	size_t n = 0;

	if (all == NULL)
		return 0;
	for (size_t i = 0; i < list->n; i++)
		if (!list->lines[i].malformed)
			all[n++] = list->lines[i];
	for (size_t i = 0; i < other->n; i++)
		if (!other->lines[i].malformed && !subid_is_owned(&other->lines[i], owner))
			all[n++] = other->lines[i];
	qsort(all, n, sizeof *all, by_first);
	for (size_t i = 0; i < n && all[i].first < at + count; i++)
		if ((uint64_t)all[i].first + all[i].count > at)
			at = (uint64_t)all[i].first + all[i].count;
	free(all);
	return at + count <= UINT32_MAX ? (uint32_t)at : 0;
}
