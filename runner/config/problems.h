/* A list of all errors in the configuration, so that the user sees all of them at once. */
#pragma once

#include "common/error.h"

#include <stddef.h>

struct problems {
	char **lines;
	size_t n;
};

/* Adds a line, with the remedy in parentheses unless `hint` is NULL. */
void problem(struct problems *problems, const char *hint, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Adds an error as "<name>: <text>". */
void problem_error(struct problems *problems, const char *name, const struct error *err);

void problems_free(struct problems *problems);
