/* Makes the JSON Schema (draft 2020-12) of a profile from the table of settings. */
#pragma once

#include "common/error.h"

/* The text of profiles/schema.json, final newline included. The caller frees. NULL when memory ran out. */
char *schema_text(struct error *err);
