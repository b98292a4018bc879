#include "runner/job/denials.h"

#include "common/visible.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NAMED 3

/* "mount by apt-get (EPERM)". False if the row names no call. */
static bool denial_text(char *text, size_t size, const json_t *denial)
{
	const char *call = json_string_value(json_object_get(denial, "syscall"));
	const char *process = json_string_value(json_object_get(denial, "process"));
	const char *answer = json_string_value(json_object_get(denial, "errno"));
	char shown[64];

	if (call == NULL)
		return false;
	visible(shown, sizeof shown, process != NULL ? process : "?", process != NULL ? strlen(process) : 1,
		VISIBLE_TEXT);
	snprintf(text, size, "%.32s by %s%s%.16s%s", call, shown, answer != NULL ? " (" : "",
		answer != NULL ? answer : "", answer != NULL ? ")" : "");
	return true;
}

void denials_text(char *text, size_t size, const json_t *denials)
{
	const json_t *calls = json_object_get(denials, "seccomp");
	unsigned named = 0;
	size_t used = 0, i;
	json_t *one;

	text[0] = '\0';
	json_array_foreach (calls, i, one) {
		char row[160];

		if (named == NAMED || !denial_text(row, sizeof row, one))
			continue;
		snprintf(text + used, size - used, "%s%s", named++ == 0 ? "" : ", ", row);
		used = strlen(text);
	}
	if (named > 0 && json_array_size(calls) > named)
		snprintf(text + used, size - used, " and others");
}
