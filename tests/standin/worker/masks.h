/* The secrets of a job, and their removal from text. */
#pragma once

#include <stddef.h>

struct masks {
	char **values; /* longest first */
	size_t count;
};

/* Adds a value and, when it has several lines, each line too. Empty ones are passed over. */
void masks_add(struct masks *masks, const char *value);

/* `text` with each secret replaced by "***"; the caller frees. */
char *masks_apply(const struct masks *masks, const char *text);

void masks_free(struct masks *masks);
