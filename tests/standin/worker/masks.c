#include "tests/standin/worker/masks.h"

#include "common/cleanup.h"

#include <string.h>

static void add_one(struct masks *masks, const char *value, size_t len)
{
	char **grown;
	char *copy;
	size_t at;

	while (len > 0 && (value[len - 1] == '\r' || value[len - 1] == '\n'))
		len--;
	if (len == 0)
		return;
	for (size_t i = 0; i < masks->count; i++)
		if (strlen(masks->values[i]) == len && memcmp(masks->values[i], value, len) == 0)
			return;
	copy = strndup(value, len);
	grown = reallocarray(masks->values, masks->count + 1, sizeof *grown);
	if (grown == NULL || copy == NULL)
		abort(); /* better no Worker than a secret in the log */
	masks->values = grown;
	for (at = masks->count; at > 0 && strlen(grown[at - 1]) < len; at--)
		grown[at] = grown[at - 1];
	grown[at] = copy;
	masks->count++;
}

void masks_add(struct masks *masks, const char *value)
{
	add_one(masks, value, strlen(value));
	while (*value != '\0') {
		size_t len = strcspn(value, "\n");

		add_one(masks, value, len);
		value += len + (value[len] == '\n');
	}
}

static const char *match(const struct masks *masks, const char *text)
{
	for (size_t i = 0; i < masks->count; i++)
		if (strncmp(masks->values[i], text, strlen(masks->values[i])) == 0)
			return masks->values[i];
	return NULL;
}

char *masks_apply(const struct masks *masks, const char *text)
{
	/* A secret of one byte becomes three. */
	char *out = malloc(strlen(text) * 3 + 1);
	size_t used = 0;

	if (out == NULL)
		abort();
	while (*text != '\0') {
		const char *secret = match(masks, text);

		if (secret == NULL) {
			out[used++] = *text++;
			continue;
		}
		memcpy(out + used, "***", 3);
		used += 3;
		text += strlen(secret);
	}
	out[used] = '\0';
	return out;
}

void masks_free(struct masks *masks)
{
	for (size_t i = 0; i < masks->count; i++)
		free(masks->values[i]);
	free(masks->values);
	memset(masks, 0, sizeof *masks);
}
