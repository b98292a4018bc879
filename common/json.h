/* JSON with positions. jansson parses and validates; this keeps the text beside the tree, so that an error found later
 * can still say FILE:LINE:COLUMN. Strict: duplicate keys, NUL bytes, trailing text and over-deep nesting are errors. */
#pragma once

#include "common/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* No document of ours is longer; a longer one is refused before it is parsed. */
#define JSON_TEXT_MAX ((size_t)4 << 20)

/* How JSON is printed that people may look at: all that is not ASCII as \uXXXX, so that no name in it drives a
 * terminal. */
#define JSON_SHOWN (JSON_INDENT(2) | JSON_ENSURE_ASCII)

struct json_doc {
	char *name; /* what the position is printed with: a path or the name of an embedded file */
	char *text; /* the bytes as read */
	size_t len;
	json_t *root; /* owned */
};

/* Parses `len` bytes at `text` (copied). The error is "NAME:LINE:COLUMN: reason". The caller frees with
 * json_doc_free(), also after failure. */
int json_doc_parse(struct json_doc *doc, const char *name, const char *text, size_t len, struct error *err);

/* Reads and parses the file at `path`, at most JSON_TEXT_MAX bytes. */
int json_doc_load(struct json_doc *doc, const char *path, struct error *err);

/* Frees what is in it and leaves it empty: {0} may be given, and the same one twice. */
void json_doc_free(struct json_doc *doc);

enum json_place {
	JSON_PLACE_VALUE, /* the position of the value */
	JSON_PLACE_KEY,   /* the position of the key that names it (of an array element: the value) */
};

/* Line and column (both from 1, column in bytes) of the value at the JSON pointer (RFC 6901) `pointer`.
 * False when there is no such value. */
bool json_doc_locate(const struct json_doc *doc, const char *pointer, enum json_place place, int *line, int *column);

/* Sets "NAME:LINE:COLUMN: <fmt>" for the value at `pointer`. Always returns -1. */
int json_doc_error(const struct json_doc *doc, const char *pointer, enum json_place place, struct error *err,
	const char *fmt, ...) __attribute__((format(printf, 5, 6)));
