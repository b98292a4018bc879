#include "runner/common/log.h"

#include "common/notice.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#define PROGRAM "cofferdam-runner"

static unsigned in_slot;
static bool with_time;

void log_slot(unsigned slot)
{
	in_slot = slot;
}

void log_time(void)
{
	with_time = true;
}

/* What a line begins with now. The time has the form of the Listener's. */
static const char *prefix(void)
{
	static char text[64];
	const time_t now = time(NULL);
	struct tm utc;
	size_t used = 0;

	if (with_time && gmtime_r(&now, &utc) != NULL)
		used = strftime(text, sizeof text, "%Y-%m-%d %H:%M:%SZ: ", &utc);
	used += (size_t)snprintf(text + used, sizeof text - used, PROGRAM);
	if (in_slot != 0)
		snprintf(text + used, sizeof text - used, ": slot %u", in_slot);
	return text;
}

void log_line(const char *fmt, ...)
{
	char line[NOTICE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	notice(prefix(), "%s", line);
}

void log_error(const struct error *err)
{
	error_print(prefix(), err);
}

void log_relayed(const char *from, const char *line, size_t len)
{
	notice_relayed(prefix(), from, line, len);
}
