#include "runner/log.h"

#include "common/notice.h"

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
	char line[NOTICE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	notice(prefix, "%s", line);
}

void log_error(const struct error *err)
{
	error_print(prefix, err);
}

void log_relayed(const char *from, const char *line, size_t len)
{
	notice_relayed(prefix, from, line, len);
}
