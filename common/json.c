#include "common/json.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is mostly behind a syntax error, or NULL: what other formats allow, and JSON does not. */
static const char *syntax_hint(const char *text, const json_error_t *why)
{
	const char *near = strstr(why->text, " near '");
	int before = why->position - 2; /* position: behind the token, which is one byte in the case in question */

	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		return "the file begins with a byte order mark, which JSON does not have";
	if (text[strspn(text, " \t\r\n")] == '\0')
		return "the file is empty";
	if (near == NULL)
		return NULL;
	near += strlen(" near '");
	while (before > 0 && strchr(" \t\r\n", text[before]) != NULL)
		before--;
	if (near[0] == '/' || near[0] == '#')
		return "JSON has no comments";
	if (near[0] == '\'')
		return "JSON writes strings with \", not with '";
	if ((near[0] == ']' || near[0] == '}') && before >= 0 && text[before] == ',')
		return "JSON has no comma behind the last element";
	if (strncmp(why->text, "'}' expected", 12) == 0 || strncmp(why->text, "']' expected", 12) == 0)
		return "perhaps a comma is missing before it";
	return NULL;
}

int json_doc_parse(struct json_doc *doc, const char *name, const char *text, size_t len, struct error *err)
{
	json_error_t why;
	const char *hint;

	memset(doc, 0, sizeof *doc);
	doc->name = strdup(name);
	doc->text = malloc(len + 1);
	if (doc->name == NULL || doc->text == NULL)
		return error_set(err, ENOMEM, "%s", name);
	memcpy(doc->text, text, len);
	doc->text[len] = '\0';
	doc->len = len;
	if (len > JSON_TEXT_MAX)
		return error_set(err, 0, "%s: more than %zu bytes", name, JSON_TEXT_MAX);
	doc->root = json_loadb(doc->text, len, JSON_REJECT_DUPLICATES, &why);
	if (doc->root != NULL)
		return 0;
	error_set(err, 0, "%s:%d:%d: %s", name, why.line < 1 ? 1 : why.line, why.column < 1 ? 1 : why.column, why.text);
	hint = syntax_hint(doc->text, &why);
	return hint != NULL ? error_hint(err, "%s", hint) : -1;
}

int json_doc_load(struct json_doc *doc, const char *path, struct error *err)
{
	_cleanup_(freep) char *text = NULL;
	size_t len;

	memset(doc, 0, sizeof *doc);
	if (read_file_at(AT_FDCWD, path, JSON_TEXT_MAX, &text, &len, err) < 0)
		return -1;
	return json_doc_parse(doc, path, text, len, err);
}

void json_doc_free(struct json_doc *doc)
{
	json_decref(doc->root);
	free(doc->text);
	free(doc->name);
	memset(doc, 0, sizeof *doc);
}

/* The text has been validated by jansson: the walk below may trust its shape, and only has to find the way. */

static const char *skip_space(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

static const char *skip_string(const char *p)
{
	for (p++; *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p + 1;
}

static const char *skip_value(const char *p)
{
	int depth = 0;

	do {
		p = skip_space(p);
		switch (*p) {
		case '"':
			p = skip_string(p);
			break;
		case '{':
		case '[':
			depth++;
			p++;
			break;
		case '}':
		case ']':
			depth--;
			p++;
			break;
		case ',':
		case ':':
			p++;
			break;
		default:
			p += strcspn(p, " \t\r\n,:]}");
		}
		if (*p == '\0')
			break;
	} while (depth > 0);
	return p;
}

/* Whether the string literal at `literal` (quotes included) spells `key`. */
static bool literal_is(const char *literal, const char *key, size_t key_len)
{
	json_t *value = json_loadb(literal, (size_t)(skip_string(literal) - literal), JSON_DECODE_ANY, NULL);
	bool same = json_is_string(value) && json_string_length(value) == key_len &&
		    memcmp(json_string_value(value), key, key_len) == 0;

	json_decref(value);
	return same;
}

static const char *find_member(const char *p, const char *key, size_t key_len, const char **key_at)
{
	for (p = skip_space(p + 1); *p == '"'; p = skip_space(p + 1)) {
		const char *value = skip_space(skip_space(skip_string(p)) + 1);

		if (literal_is(p, key, key_len)) {
			*key_at = p;
			return value;
		}
		p = skip_space(skip_value(value));
		if (*p != ',')
			break;
	}
	return NULL;
}

static const char *find_element(const char *p, const char *index, const char **key_at)
{
	unsigned long want = strtoul(index, NULL, 10);

	p = skip_space(p + 1);
	for (unsigned long i = 0; *p != ']'; i++) {
		if (i == want) {
			*key_at = p;
			return p;
		}
		p = skip_space(skip_value(p));
		if (*p == ',')
			p = skip_space(p + 1);
	}
	return NULL;
}

/* Copies one reference token of an RFC 6901 pointer, undoing ~1 and ~0. Returns what follows it. */
static const char *next_token(const char *pointer, char *token, size_t size, size_t *len)
{
	size_t n = 0;

	for (; *pointer != '\0' && *pointer != '/'; pointer++) {
		char c = *pointer;

		if (c == '~' && (pointer[1] == '0' || pointer[1] == '1'))
			c = *++pointer == '1' ? '/' : '~';
		if (n + 1 < size)
			token[n++] = c;
	}
	token[n] = '\0';
	*len = n;
	return pointer;
}

bool json_doc_locate(const struct json_doc *doc, const char *pointer, enum json_place place, int *line, int *column)
{
	const char *at = skip_space(doc->text), *key_at = at;
	char token[256];

	while (*pointer == '/') {
		size_t len;

		pointer = next_token(pointer + 1, token, sizeof token, &len);
		if (*at == '{')
			at = find_member(at, token, len, &key_at);
		else if (*at == '[')
			at = find_element(at, token, &key_at);
		else
			return false;
		if (at == NULL)
			return false;
	}
	if (place == JSON_PLACE_KEY)
		at = key_at;
	*line = 1;
	*column = 1;
	for (const char *p = doc->text; p < at; p++) {
		(*column)++;
		if (*p == '\n') {
			(*line)++;
			*column = 1;
		}
	}
	return true;
}

int json_doc_error(
	const struct json_doc *doc, const char *pointer, enum json_place place, struct error *err, const char *fmt, ...)
{
	char text[ERROR_TEXT_MAX / 2];
	int line = 1, column = 1;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	json_doc_locate(doc, pointer, place, &line, &column);
	return error_set(err, 0, "%s:%d:%d: %s", doc->name, line, column, text);
}
