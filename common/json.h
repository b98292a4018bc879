/* JSON with positions.
 *
 * jansson parses and validates. A document keeps its text beside the tree, so that a later error can name
 * FILE:LINE:COLUMN. Duplicate keys, NUL bytes, trailing text and too deep nesting are errors. */
#pragma once

#include "common/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The maximum size of a document. A larger one is refused before it is parsed. */
#define JSON_TEXT_MAX ((size_t)4 << 20)

/* The flags for printing JSON that people may read: non-ASCII characters become \uXXXX, so that no name in it can
 * control a terminal. */
#define JSON_SHOWN (JSON_INDENT(2) | JSON_ENSURE_ASCII)

struct json_doc {
	char *name; /* the path or embedded name that is printed with a position */
	char *text; /* the bytes as read */
	size_t len;
	json_t *root; /* owned */
};

/* Parses `len` bytes at `text`, which are copied. The error is "NAME:LINE:COLUMN: reason". The caller calls
 * json_doc_free(), also after a failure. */
int json_doc_parse(struct json_doc *doc, const char *name, const char *text, size_t len, struct error *err);

/* Reads and parses the file at `path`, at most JSON_TEXT_MAX bytes. */
int json_doc_load(struct json_doc *doc, const char *path, struct error *err);

/* Frees the contents and leaves the document empty. Accepts {0} and an empty document. */
void json_doc_free(struct json_doc *doc);

enum json_place {
	JSON_PLACE_VALUE, /* the position of the value */
	JSON_PLACE_KEY,   /* the position of the key that names it (of an array element: the value) */
};

/* Finds line and column (both from 1, the column in bytes) of the value at the JSON pointer (RFC 6901) `pointer`.
 * False if there is no such value. */
bool json_doc_locate(const struct json_doc *doc, const char *pointer, enum json_place place, int *line, int *column);

/* Sets "NAME:LINE:COLUMN: <fmt>" for the value at `pointer`. Always returns -1. */
int json_doc_error(const struct json_doc *doc, const char *pointer, enum json_place place, struct error *err,
	const char *fmt, ...) __attribute__((format(printf, 5, 6)));
