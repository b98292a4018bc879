/* Template tokens, as GitHub's service makes them of a workflow file's values (actions/runner
 * src/Sdk/DTObjectTemplating/ObjectTemplating/Tokens). */
#pragma once

#include <jansson.h>

/* A string with `${{ }}` becomes an expression, an object a mapping, an array a sequence; everything else stands for
 * itself. A new reference. */
json_t *template_token(json_t *value);

/* What the runner gets of `if:`: without `${{ }}`, and success() && (…) where it asks for no status itself. NULL:
 * success(). The caller frees. */
char *template_condition(const char *text);
