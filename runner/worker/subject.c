#include "runner/worker/subject.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define UNIT 2      /* bytes of a UTF-16 code unit */
#define KEY_SIZE 32 /* longer than any that is looked for */
#define NONE (-1)

struct reader {
	const unsigned char *at, *end;
};

/* The next code unit, or NONE at the end. */
static int peek(const struct reader *reader)
{
	return reader->end - reader->at < UNIT ? NONE : reader->at[0] | reader->at[1] << 8;
}

static int take(struct reader *reader)
{
	const int unit = peek(reader);

	if (unit != NONE)
		reader->at += UNIT;
	return unit;
}

static int take_token(struct reader *reader)
{
	int unit;

	do
		unit = take(reader);
	while (unit == ' ' || unit == '\t' || unit == '\n' || unit == '\r');
	return unit;
}

static int hex(int unit)
{
	if (unit >= '0' && unit <= '9')
		return unit - '0';
	unit |= 0x20;
	return unit >= 'a' && unit <= 'f' ? unit - 'a' + 10 : NONE;
}

/* One code unit of a string whose opening quote was taken. NONE: its end, or the message's (`whole` says which). */
static int take_unit(struct reader *reader, bool *whole)
{
	static const char names[] = "bfnrt", units[] = "\b\f\n\r\t";
	int unit = take(reader);
	const char *name;

	*whole = unit == '"';
	if (unit == NONE || unit == '"')
		return NONE;
	if (unit != '\\')
		return unit;
	unit = take(reader);
	name = unit > 0 && unit < 128 ? strchr(names, unit) : NULL;
	if (name != NULL)
		return units[name - names];
	if (unit != 'u')
		return unit;
	unit = 0;
	for (int i = 0; i < 4; i++) {
		const int digit = hex(take(reader));

		if (digit == NONE)
			return NONE;
		unit = unit << 4 | digit;
	}
	return unit;
}

static size_t encode(uint32_t code, char to[4])
{
	if (code < 0x80) {
		to[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = (char)(0xc0 | code >> 6);
		to[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		to[0] = (char)(0xe0 | code >> 12);
		to[1] = (char)(0x80 | (code >> 6 & 0x3f));
		to[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | code >> 18);
	to[1] = (char)(0x80 | (code >> 12 & 0x3f));
	to[2] = (char)(0x80 | (code >> 6 & 0x3f));
	to[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

struct text {
	char *to;
	size_t size, used;
	bool cut;
	uint32_t high; /* the first half of a pair, or 0 */
};

/* NUL would end the text, and half of a pair is no character: both are left out. */
static void append(struct text *text, uint32_t unit)
{
	char bytes[4];
	uint32_t code = unit;
	size_t n;

	if (unit >= 0xd800 && unit < 0xdc00) {
		text->high = unit;
		return;
	}
	if (unit >= 0xdc00 && unit < 0xe000)
		code = text->high == 0 ? 0 : 0x10000 + ((text->high - 0xd800) << 10) + (unit - 0xdc00);
	text->high = 0;
	n = code == 0 ? 0 : encode(code, bytes);
	text->cut |= text->used + n >= text->size;
	if (text->cut)
		return;
	memcpy(text->to + text->used, bytes, n);
	text->used += n;
}

/* A string whose opening quote was taken, as UTF-8. `to` NULL: passes over it. False where it does not end, or does not
 * fit: then it is cut. */
static bool take_string(struct reader *reader, char *to, size_t size)
{
	struct text text = {.to = to, .size = size};
	bool whole;
	int unit;

	while ((unit = take_unit(reader, &whole)) != NONE)
		if (to != NULL)
			append(&text, (uint32_t)unit);
	if (to != NULL)
		to[text.used] = '\0';
	return whole && !text.cut;
}

/* Passes over one value, however deep it is, and over the comma behind it. */
static void skip(struct reader *reader)
{
	size_t depth = 0;

	for (int unit = peek(reader); unit != NONE; unit = peek(reader)) {
		const bool ends = unit == '}' || unit == ']';

		if (depth == 0 && ends)
			return;
		reader->at += UNIT;
		if (unit == '"')
			take_string(reader, NULL, 0);
		else if (unit == '{' || unit == '[')
			depth++;
		else if (ends)
			depth--;
		else if (depth == 0 && unit == ',')
			return;
	}
}

/* Enters an object and stops at the value of `key`. */
static bool enter(struct reader *reader, const char *key)
{
	char name[KEY_SIZE];

	if (take_token(reader) != '{')
		return false;
	while (take_token(reader) == '"') {
		const bool found = take_string(reader, name, sizeof name) && strcmp(name, key) == 0;

		if (take_token(reader) != ':')
			return false;
		if (found)
			return true;
		skip(reader);
	}
	return false;
}

/* The string at `key` of the object there. */
static bool text_at(struct reader reader, const char *key, char *to, size_t size)
{
	return enter(&reader, key) && take_token(&reader) == '"' && take_string(&reader, to, size);
}

/* A dictionary of the runner's is an array of {"k": NAME, "v": VALUE}. */
static void read_repository(struct reader reader, struct subject *subject)
{
	char name[KEY_SIZE];

	if (!enter(&reader, "contextData") || !enter(&reader, "github") || !enter(&reader, "d") ||
		take_token(&reader) != '[')
		return;
	for (int unit = peek(&reader); unit != NONE && unit != ']' && unit != '}'; unit = peek(&reader)) {
		if (text_at(reader, "k", name, sizeof name) && strcmp(name, "repository") == 0) {
			if (!text_at(reader, "v", subject->repository, sizeof subject->repository))
				subject->repository[0] = '\0';
			return;
		}
		skip(&reader);
	}
}

void subject_read(const unsigned char *message, size_t size, struct subject *subject)
{
	const struct reader reader = {.at = message, .end = message + size};

	memset(subject, 0, sizeof *subject);
	text_at(reader, "jobDisplayName", subject->job, sizeof subject->job);
	read_repository(reader, subject);
}
