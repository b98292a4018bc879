#include "runner/common/log.h"

#include "common/notice.h"
#include "runner/common/log_journald.h"
#include "runner/common/log_json.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM "cofferdam-runner"

static unsigned in_slot;
static bool with_time, as_json;
static char of_job[32];
static char journal_stream[48]; /* "DEVICE:INODE", or "" */

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

void log_to_journal(const char *stream)
{
	snprintf(journal_stream, sizeof journal_stream, "%s", stream != NULL ? stream : "");
}

const char *log_journal_stream(void)
{
	return journal_stream[0] != '\0' ? journal_stream : NULL;
}

void log_job(const char *id)
{
	snprintf(of_job, sizeof of_job, "%s", id != NULL ? id : "");
}

static struct log_fields known(const char *level, const char *from)
{
	return (struct log_fields){.time = time(NULL),
		.level = level,
		.slot = in_slot,
		.job = of_job[0] != '\0' ? of_job : NULL,
		.from = from};
}

/* A process may have another standard error than the one it was started with. */
static bool is_journal(int fd)
{
	char stream[sizeof journal_stream];
	struct stat st;

	if (journal_stream[0] == '\0' || fstat(fd, &st) < 0)
		return false;
	snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(stream, journal_stream) == 0;
}

/* True: it is written, in a form with fields. */
static bool put(const char *level, const char *from, const char *text, size_t len, enum visible_mode mode)
{
	const struct log_fields fields = known(level, from);
	char entry[LOG_JOURNALD_MAX], line[NOTICE_MAX];

	if (as_json) {
		/* Where that fails there is nowhere left to say it. */
		(void)notice_line(STDERR_FILENO, line, log_json_line(line, sizeof line, &fields, text, len, mode));
		return true;
	}
	return is_journal(STDERR_FILENO) && log_journald_send(LOG_JOURNALD_SOCKET, entry,
						    log_journald_entry(entry, PROGRAM, &fields, text, len, mode)) == 0;
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
	if (!put("info", NULL, line, strlen(line), VISIBLE_TEXT))
		notice(prefix(), "%s", line);
}

void log_error(const struct error *err)
{
	char text[ERROR_TEXT_MAX + ERROR_HINT_MAX];

	if (!put("error", NULL, text, error_format(err, text, sizeof text), VISIBLE_ALREADY))
		error_print(prefix(), err);
}

void log_relayed(const char *from, const char *line, size_t len)
{
	if (!put("info", from, line, len, VISIBLE_TEXT))
		notice_relayed(prefix(), from, line, len);
}
