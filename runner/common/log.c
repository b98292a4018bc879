#include "runner/common/log.h"

#include "common/notice.h"
#include "runner/common/log_json.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM "cofferdam-runner"

static unsigned in_slot;
static bool with_time, as_json;
static char of_job[32];

void log_slot(unsigned slot)
{
	in_slot = slot;
}

void log_time(void)
{
	with_time = true;
}

void log_as_json(void)
{
	as_json = true;
}

bool log_is_json(void)
{
	return as_json;
}

void log_job(const char *id)
{
	snprintf(of_job, sizeof of_job, "%s", id != NULL ? id : "");
}

static void put_json(const char *level, const char *from, const char *text, size_t len, enum visible_mode mode)
{
	const struct log_fields fields = {.time = time(NULL),
		.level = level,
		.slot = in_slot,
		.job = of_job[0] != '\0' ? of_job : NULL,
		.from = from};
	char line[NOTICE_MAX];

	if (notice_line(STDERR_FILENO, line, log_json_line(line, sizeof line, &fields, text, len, mode)) < 0)
		return; /* nowhere left to say it */
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
	if (as_json)
		put_json("info", NULL, line, strlen(line), VISIBLE_TEXT);
	else
		notice(prefix(), "%s", line);
}

void log_error(const struct error *err)
{
	char text[ERROR_TEXT_MAX + ERROR_HINT_MAX];

	if (as_json)
		put_json("error", NULL, text, error_format(err, text, sizeof text), VISIBLE_ALREADY);
	else
		error_print(prefix(), err);
}

void log_relayed(const char *from, const char *line, size_t len)
{
	if (as_json)
		put_json("info", from, line, len, VISIBLE_TEXT);
	else
		notice_relayed(prefix(), from, line, len);
}
