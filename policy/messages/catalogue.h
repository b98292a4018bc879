/* The message catalogue: error texts, ours and well-known ones of other programs, with cause and remedy. Its data is
 * messages.json, from which docs/messages.md is generated. Pure. */
#pragma once

#include "common/error.h"
#include "common/json.h"

#include <stddef.h>

#define CAUSES_MAX 8

/* A row: what a text means. The strings belong to the catalogue. */
struct message {
	const char *id;
	const char *object; /* what the text is about: a system call, a file, a limit */
	const char *cause;
	const char *see; /* how to check that this is the cause; "" if the cause is certain */
	const char *remedy;
};

struct catalogue {
	struct json_doc doc;
};

/* A row that fits the text, and the line that it fits. */
struct cause {
	struct message message;
	const char *line; /* not NUL-terminated; points into the text that was searched */
	size_t len;
	size_t score; /* bytes that the row's pattern fixes */
};

struct causes {
	struct cause items[CAUSES_MAX];
	size_t n;
};

/* Reads the embedded catalogue. The caller calls catalogue_free(), also after a failure. */
int catalogue_load(struct catalogue *catalogue, struct error *err);
void catalogue_free(struct catalogue *catalogue);

/* Finds the rows that fit the lines of `text` best, in the order of the lines: for each line those whose pattern fixes
 * at least three quarters as many bytes as the best one's, each row once, at most CAUSES_MAX. If no row fits a line,
 * finds the rows whose patterns contain the whole text. */
void catalogue_search(const struct catalogue *catalogue, const char *text, size_t len, struct causes *causes);
