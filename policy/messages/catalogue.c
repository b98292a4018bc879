#include "policy/messages/catalogue.h"

#include "common/cleanup.h"
#include "common/unloaded.h"
#include "policy/messages/pattern.h"

#include <string.h>

#define MESSAGES "policy/messages/messages.json"
#define SECTION ".cofferdam.messages"
#define CAUSES_OF_A_LINE 3

/* Texts that only `doctor --why` reads are not loaded with the program. */
UNLOADED(SECTION, MESSAGES);

int catalogue_load(struct catalogue *catalogue, struct error *err)
{
	_cleanup_(freep) char *text = NULL;
	size_t len;

	if (unloaded_read(SECTION, &text, &len, err) < 0)
		return -1;
	return json_doc_parse(&catalogue->doc, MESSAGES, text, len, err);
}

void catalogue_free(struct catalogue *catalogue)
{
	json_doc_free(&catalogue->doc);
}

static const char *text_of(const json_t *row, const char *key)
{
	const json_t *value = json_object_get(row, key);

	return value != NULL ? json_string_value(value) : "";
}

static struct message message_of(const json_t *row)
{
	return (struct message){.id = text_of(row, "id"),
		.object = text_of(row, "object"),
		.cause = text_of(row, "cause"),
		.see = text_of(row, "see"),
		.remedy = text_of(row, "remedy")};
}

/* The best of the row's patterns. */
static size_t score_of(const json_t *row, const char *line, size_t len)
{
	size_t best = 0, i;
	json_t *pattern;

	json_array_foreach (json_object_get(row, "patterns"), i, pattern) {
		const size_t score = match_pattern(json_string_value(pattern), line, len);

		best = score > best ? score : best;
	}
	return best;
}

static void add(struct causes *causes, const struct cause *cause)
{
	for (size_t i = 0; i < causes->n; i++)
		if (causes->items[i].message.id == cause->message.id)
			return;
	if (causes->n < CAUSES_MAX)
		causes->items[causes->n++] = *cause;
}

/* Keeps `best` sorted, the highest score first, rows of one score in the order of the catalogue. */
static void insert(struct cause *best, size_t *n, const struct cause *cause)
{
	size_t at = *n;

	while (at > 0 && best[at - 1].score < cause->score)
		at--;
	if (at == CAUSES_OF_A_LINE)
		return;
	*n += *n < CAUSES_OF_A_LINE;
	memmove(best + at + 1, best + at, (*n - at - 1) * sizeof *best);
	best[at] = *cause;
}

static void search_line(const json_t *rows, const char *line, size_t len, struct causes *causes)
{
	struct cause best[CAUSES_OF_A_LINE];
	size_t n = 0, i;
	json_t *row;

	json_array_foreach (rows, i, row) {
		const size_t score = score_of(row, line, len);
		const struct cause cause = {.message = message_of(row), .line = line, .len = len, .score = score};

		if (score > 0)
			insert(best, &n, &cause);
	}
	for (i = 0; i < n && 4 * best[i].score >= 3 * best[0].score; i++)
		add(causes, &best[i]);
}

/* What somebody remembers of a message is often a part of it. */
static void search_within(const json_t *rows, const char *text, size_t len, struct causes *causes)
{
	json_t *row, *pattern;
	size_t i, j;

	json_array_foreach (rows, i, row) {
		const struct cause cause = {.message = message_of(row), .line = text, .len = len};

		json_array_foreach (json_object_get(row, "patterns"), j, pattern)
			if (match_within(text, len, json_string_value(pattern)))
				add(causes, &cause);
	}
}

void catalogue_search(const struct catalogue *catalogue, const char *text, size_t len, struct causes *causes)
{
	const json_t *rows = json_object_get(catalogue->doc.root, "messages");

	causes->n = 0;
	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		const size_t line_len = end != NULL ? (size_t)(end - text) - at : len - at;

		search_line(rows, text + at, line_len, causes);
		at += line_len + 1;
	}
	if (causes->n == 0)
		search_within(rows, text, len, causes);
}
