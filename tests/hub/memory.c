#include "tests/hub/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *must_at(void *p, const char *file, int line)
{
	if (p == NULL) {
		fprintf(stderr, "hub: %s:%d: out of memory, or JSON that cannot be made\n", file, line);
		abort();
	}
	return p;
}

char *copy_text(const char *text)
{
	return text == NULL ? NULL : must(strdup(text));
}

json_t *text_json(const char *text)
{
	json_t *value = json_string(text);

	return value != NULL ? value : must(json_string("(not UTF-8)"));
}
