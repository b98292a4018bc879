#include "runner/worker/message.h"

#include <stdint.h>
#include <string.h>

#define UNIT 2 /* bytes of a UTF-16 code unit */

int message_peek(const struct message *message)
{
	return message->end - message->at < UNIT ? MESSAGE_END : message->at[0] | message->at[1] << 8;
}

static int take(struct message *message)
{
	const int unit = message_peek(message);

	if (unit != MESSAGE_END)
		message->at += UNIT;
	return unit;
}

int message_token(struct message *message)
{
	int unit;

	do
		unit = take(message);
	while (unit == ' ' || unit == '\t' || unit == '\n' || unit == '\r');
	return unit;
}

static int hex(int unit)
{
	if (unit >= '0' && unit <= '9')
		return unit - '0';
	unit |= 0x20;
	return unit >= 'a' && unit <= 'f' ? unit - 'a' + 10 : -1;
}

/* One code unit of a string whose opening quote was taken. MESSAGE_END: its end, or the message's (`whole` says which).
 */
static int take_unit(struct message *message, bool *whole)
{
	static const char names[] = "bfnrt", units[] = "\b\f\n\r\t";
	int unit = take(message);
	const char *name;

	*whole = unit == '"';
	if (unit == MESSAGE_END || unit == '"')
		return MESSAGE_END;
	if (unit != '\\')
		return unit;
	unit = take(message);
	name = unit > 0 && unit < 128 ? strchr(names, unit) : NULL;
	if (name != NULL)
		return units[name - names];
	if (unit != 'u')
		return unit;
	unit = 0;
	for (int i = 0; i < 4; i++) {
		const int digit = hex(take(message));

		if (digit < 0)
			return MESSAGE_END;
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

bool message_string(struct message *message, char *to, size_t size)
{
	struct text text = {.to = to, .size = size};
	bool whole;
	int unit;

	while ((unit = take_unit(message, &whole)) != MESSAGE_END)
		if (to != NULL)
			append(&text, (uint32_t)unit);
	if (to != NULL)
		to[text.used] = '\0';
	return whole && !text.cut;
}

void message_skip(struct message *message)
{
	size_t depth = 0;

	for (int unit = message_peek(message); unit != MESSAGE_END; unit = message_peek(message)) {
		const bool ends = unit == '}' || unit == ']';

		if (depth == 0 && ends)
			return;
		message->at += UNIT;
		if (unit == '"')
			message_string(message, NULL, 0);
		else if (unit == '{' || unit == '[')
			depth++;
		else if (ends)
			depth--;
		else if (depth == 0 && unit == ',')
			return;
	}
}

bool message_enter(struct message *message, const char *key)
{
	char name[MESSAGE_KEY_SIZE];

	if (message_token(message) != '{')
		return false;
	while (message_token(message) == '"') {
		const bool found = message_string(message, name, sizeof name) && strcmp(name, key) == 0;

		if (message_token(message) != ':')
			return false;
		if (found)
			return true;
		message_skip(message);
	}
	return false;
}

bool message_text(struct message message, const char *key, char *to, size_t size)
{
	return message_enter(&message, key) && message_token(&message) == '"' && message_string(&message, to, size);
}

bool message_has_element(const struct message *message)
{
	const int unit = message_peek(message);

	return unit != MESSAGE_END && unit != ']' && unit != '}';
}
