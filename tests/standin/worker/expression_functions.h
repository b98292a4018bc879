/* The values and functions of the expression language. */
#pragma once

#include "tests/standin/worker/expression.h"

/* null, false, 0 and "" are false. */
bool expression_truth(const json_t *value);

/* Strings without regard to case; different kinds by their text. */
bool expression_equal(const json_t *left, const json_t *right);

/* As it appears in a text; objects and arrays as "Object" and "Array". The caller frees. */
char *expression_text(const json_t *value);

/* Calls the function of `len` bytes at `name`; a new reference, NULL on error. */
json_t *expression_call(
	const char *name, size_t len, const json_t *arguments, const struct expression_scope *scope, struct error *err);
