/* Allocation for a test program: it has nothing sensible to do without memory, so it aborts. */
#pragma once

#include <jansson.h>

/* Returns `p`, or aborts when it is NULL. For malloc, strdup, format() and jansson's constructors alike. */
void *must(void *p);

/* A copy of `text` that the caller frees; NULL stays NULL. */
char *copy_text(const char *text);

/* `text` as a JSON string; bytes that are not UTF-8, which JSON cannot carry, become a remark. A new reference. */
json_t *text_json(const char *text);
