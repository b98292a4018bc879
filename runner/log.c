#include "runner/log.h"

#include <stdarg.h>
#include <stdio.h>

#define PROGRAM "cofferdam-runner"

static char prefix[64] = PROGRAM;

void log_slot(unsigned slot)
{
	snprintf(prefix, sizeof prefix, PROGRAM ": slot %u", slot);
}

void log_line(const char *fmt, ...)
{
	struct error line = {0};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line.text, sizeof line.text, fmt, ap);
	va_end(ap);
	error_print(prefix, &line);
}

void log_error(const struct error *err)
{
	error_print(prefix, err);
}
