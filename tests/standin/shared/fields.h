/* Reading JSON as .NET's serializers do: names without regard to case, numbers and truth values also as strings. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* The member `name` of an object, borrowed; NULL when there is none or `object` is no object. */
json_t *field(const json_t *object, const char *name);

/* A member reached by a path "a.b.c". */
json_t *field_at(const json_t *object, const char *path);

/* The text of a string member, borrowed; NULL when it is absent or no string. */
const char *field_text(const json_t *object, const char *name);

/* 12 or "12"; `otherwise` when it is neither. */
long long field_number(const json_t *object, const char *name, long long otherwise);

/* true, "true" or "True". */
bool field_true(const json_t *object, const char *name);
