#include "runner/config/problems.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <stdarg.h>
#include <stdlib.h>

static void add(struct problems *problems, char *line)
{
	char **grown = reallocarray(problems->lines, problems->n + 1, sizeof *grown);

	/* Out of memory here must not make a wrong configuration look right. */
	if (grown == NULL || line == NULL)
		abort();
	problems->lines = grown;
	problems->lines[problems->n++] = line;
}

void problem(struct problems *problems, const char *hint, const char *fmt, ...)
{
	_cleanup_(freep) char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (hint != NULL)
		add(problems, format("%s (%s)", text, hint));
	else
		add(problems, take_ptr(text));
}

void problem_error(struct problems *problems, const char *name, const struct error *err)
{
	problem(problems, err->hint[0] != '\0' ? err->hint : NULL, "%s: %s", name, err->text);
}

void problems_free(struct problems *problems)
{
	for (size_t i = 0; i < problems->n; i++)
		free(problems->lines[i]);
	free(problems->lines);
	problems->lines = NULL;
	problems->n = 0;
}
