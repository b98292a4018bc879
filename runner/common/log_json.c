#include "runner/common/log_json.h"

#include <stdio.h>
#include <string.h>

#define ENDING "\"}\n"

/* What visible() has left needs two escapes only. Both halves of each fit, or neither is written. */
static size_t quoted(char *to, size_t size, const char *text)
{
	size_t used = 0;

	for (; *text != '\0' && used + 2 < size; text++) {
		if (*text == '"' || *text == '\\')
			to[used++] = '\\';
		to[used++] = *text;
	}
	to[used] = '\0';
	return used;
}

static size_t member(char *to, size_t size, const char *name, const char *text)
{
	size_t used = (size_t)snprintf(to, size, ", \"%s\": \"", name);

	used += quoted(to + used, size - used - 1, text);
	to[used++] = '"';
	return used;
}

size_t log_json_line(
	char *to, size_t size, const struct log_fields *fields, const char *text, size_t len, enum visible_mode mode)
{
	char shown[4096];
	struct tm utc;
	size_t used = 0;

	/* Each byte may take two. */
	visible(shown, size / 2 - 256 < sizeof shown ? size / 2 - 256 : sizeof shown, text, len, mode);
	used = strftime(to, size, "{\"time\": \"%Y-%m-%dT%H:%M:%SZ\"", gmtime_r(&fields->time, &utc));
	used += member(to + used, 64, "level", fields->level);
	if (fields->slot != 0)
		used += (size_t)snprintf(to + used, size - used, ", \"slot\": %u", fields->slot);
	if (fields->job != NULL)
		used += member(to + used, 96, "job", fields->job);
	if (fields->from != NULL)
		used += member(to + used, 96, "from", fields->from);
	used += (size_t)snprintf(to + used, size - used, ", \"message\": \"");
	used += quoted(to + used, size - used - sizeof ENDING, shown);
	memcpy(to + used, ENDING, sizeof ENDING);
	return used + strlen(ENDING);
}
