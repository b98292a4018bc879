/* The part of the expression language that run-only jobs need: literals, context look-ups (a.b, a['b']), ! == != && ||,
 * parentheses, and the functions success failure always cancelled format contains startsWith endsWith toJSON fromJSON.
 */
#pragma once

#include "common/error.h"

#include <jansson.h>
#include <stdbool.h>

struct expression_scope {
	const json_t *contexts; /* {"github":{…},"env":{…},"steps":{…},…} */
	bool failed;            /* an earlier step failed */
	bool cancelled;         /* the job was cancelled */
};

/* The value as a new reference; NULL on error. */
json_t *expression_evaluate(const char *text, const struct expression_scope *scope, struct error *err);

/* A condition; an empty one is success(), and one without a status function is preceded by "success() &&".
 * 1, 0, or < 0 on error. */
int expression_condition(const char *text, const struct expression_scope *scope, struct error *err);

/* Replaces each ${{ … }}. The caller frees; NULL on error. */
char *expression_interpolate(const char *text, const struct expression_scope *scope, struct error *err);

/* interpolate() over every string of a JSON value; a new reference, NULL on error. */
json_t *expression_expand(const json_t *value, const struct expression_scope *scope, struct error *err);
