/* Allocation for a test program: it has nothing sensible to do without memory, so it aborts. */
#pragma once

#include <jansson.h>

/* Returns `p`, or aborts and says where when it is NULL. For malloc, strdup, format() and jansson's constructors alike.
 */
#define must(p) must_at(p, __FILE__, __LINE__)
void *must_at(void *p, const char *file, int line);

/* A copy of `text` that the caller frees; NULL stays NULL. */
char *copy_text(const char *text);

/* `text` as a JSON string; bytes that are not UTF-8, which JSON cannot carry, become a remark. A new reference. */
json_t *text_json(const char *text);
