#include "runner/common/arguments.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void __attribute__((format(printf, 2, 0))) add(struct arguments *arguments, const char *fmt, va_list ap)
{
	char **grown = reallocarray(arguments->v, arguments->n + 2, sizeof *grown), *text;

	if (grown != NULL)
		arguments->v = grown;
	if (grown == NULL || vasprintf(&text, fmt, ap) < 0) {
		arguments->failed = true;
		return;
	}
	arguments->v[arguments->n++] = text;
	arguments->v[arguments->n] = NULL;
}

void arguments_add(struct arguments *arguments, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(arguments, fmt, ap);
	va_end(ap);
}

void arguments_add_pair(struct arguments *arguments, const char *option, const char *fmt, ...)
{
	va_list ap;

	arguments_add(arguments, "%s", option);
	va_start(ap, fmt);
	add(arguments, fmt, ap);
	va_end(ap);
}

int arguments_check(const struct arguments *arguments, struct error *err)
{
	return arguments->failed || arguments->v == NULL ? error_set(err, ENOMEM, "arguments") : 0;
}

void arguments_free(struct arguments *arguments)
{
	for (size_t i = 0; i < arguments->n; i++) {
		explicit_bzero(arguments->v[i], strlen(arguments->v[i]));
		free(arguments->v[i]);
	}
	free(arguments->v);
	memset(arguments, 0, sizeof *arguments);
}
