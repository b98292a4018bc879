/* An argument vector or environment that grows.
 *
 * A failed addition is recorded until arguments_check(), so that additions need no checks of their own. */
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

struct arguments {
	char **v; /* NULL-terminated; owned, with its strings */
	size_t n;
	bool failed;
};

void arguments_add(struct arguments *arguments, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Adds an option and its value as two arguments. */
void arguments_add_pair(struct arguments *arguments, const char *option, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* -1 if an addition failed. */
int arguments_check(const struct arguments *arguments, struct error *err);

/* Zeroes the strings (an environment may hold proxy passwords) and frees them. */
void arguments_free(struct arguments *arguments);
