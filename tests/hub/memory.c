#include "tests/hub/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *must(void *p)
{
	if (p == NULL) {
		fputs("hub: out of memory\n", stderr);
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
