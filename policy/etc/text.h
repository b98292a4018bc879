/* A text of bounded length that is put together from pieces, in one allocation. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct etc_text {
	char *bytes; /* NULL: memory ran out */
	size_t len, room;
};

static inline struct etc_text etc_text_new(size_t room)
{
	return (struct etc_text){.bytes = malloc(room + 1), .room = room};
}

/* What does not fit makes the text NULL: the room was counted wrongly. */
static inline void etc_text_add_bytes(struct etc_text *text, const char *bytes, size_t len)
{
	if (text->bytes == NULL || len > text->room - text->len) {
		free(text->bytes);
		text->bytes = NULL;
		return;
	}
	memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
}

static inline void etc_text_add(struct etc_text *text, const char *string)
{
	etc_text_add_bytes(text, string, strlen(string));
}

/* A last line that does not end is ended. */
static inline void etc_text_end_line(struct etc_text *text)
{
	if (text->bytes != NULL && text->len > 0 && text->bytes[text->len - 1] != '\n')
		etc_text_add_bytes(text, "\n", 1);
}

/* The string, which is the caller's. */
static inline char *etc_text_take(struct etc_text *text)
{
	if (text->bytes != NULL)
		text->bytes[text->len] = '\0';
	return text->bytes;
}
