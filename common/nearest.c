#include "common/nearest.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static char folded(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == '_' ? '-' : c;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* The optimal string alignment distance: Levenshtein's, with exchanged neighbours as one error. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][NEAREST_NAME_MAX + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *above = rows[(i - 1) % 3], *two_above = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			const char x = folded(a[i - 1]), y = folded(b[j - 1]);

			row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == folded(b[j - 2]) && folded(a[i - 2]) == y)
				row[j] = least(row[j], two_above[j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

static bool begins_with(const char *name, const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (folded(name[i]) != folded(word[i]))
			return false;
	return true;
}

static void offer(struct nearest *nearest, const char *name, size_t len)
{
	const size_t word_len = strlen(nearest->word);
	unsigned found;

	if (word_len == 0 || word_len > NEAREST_NAME_MAX || len == 0 || len > NEAREST_NAME_MAX)
		return;
	found = word_len >= 3 && word_len < len && begins_with(name, nearest->word, word_len)
			? 1
			: distance(nearest->word, word_len, name, len);
	if (found >= nearest->distance || found > (word_len < 5 ? 1 : (word_len + 1) / 3) || found >= len)
		return;
	nearest->distance = found;
	memcpy(nearest->name, name, len);
	nearest->name[len] = '\0';
}

void nearest_start(struct nearest *nearest, const char *word)
{
	*nearest = (struct nearest){.word = word, .distance = NEAREST_NAME_MAX + 1};
}

void nearest_offer(struct nearest *nearest, const char *name)
{
	offer(nearest, name, strlen(name));
}

void nearest_offer_list(struct nearest *nearest, const char *list)
{
	while (*list != '\0') {
		size_t len = strcspn(list, ", ");

		offer(nearest, list, len);
		list += len;
		list += strspn(list, ", ");
	}
}

const char *nearest_name(const struct nearest *nearest)
{
	return nearest->distance > NEAREST_NAME_MAX ? NULL : nearest->name;
}

int nearest_hint(const struct nearest *nearest, const char *prefix, const char *otherwise, struct error *err)
{
	const char *name = nearest_name(nearest);

	if (name == NULL)
		return error_hint(err, "%s", otherwise);
	return error_hint(err, "did you mean %s%s?%s%s", prefix, name, otherwise[0] != '\0' ? " " : "", otherwise);
}
