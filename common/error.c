#include "common/error.h"

#include "common/notice.h"
#include "common/visible.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* vsnprintf(3), but what does not fit ends in "…" and not within a character. */
static void __attribute__((format(printf, 3, 0))) print(char *text, size_t size, const char *fmt, va_list ap)
{
	static const char mark[] = "…";
	int n = vsnprintf(text, size, fmt, ap);
	size_t end = size - sizeof mark;

	if (n < 0 || (size_t)n < size)
		return;
	while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
		end--;
	memcpy(text + end, mark, sizeof mark);
}

/* Whatever it was that could not be opened. */
static const char *usual_remedy(int errnum)
{
	switch (errnum) {
	case EMFILE:
		return "the caller's limit of open files is too low: raise `ulimit -n`";
	case ENFILE:
		return "the system's limit of open files is reached: raise sysctl fs.file-max";
	default:
		return "";
	}
}

void error_set_text(struct error *err, int errnum, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	if (errnum != 0) {
		size_t used = strlen(err->text);

		snprintf(err->text + used, sizeof err->text - used, ": %s", strerror(errnum));
	}
	snprintf(err->hint, sizeof err->hint, "%s", usual_remedy(errnum));
	err->errnum = errnum;
}

void error_late_text(struct error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	err->hint[0] = '\0';
	err->errnum = ETIMEDOUT;
}

void error_context_text(struct error *err, const char *fmt, ...)
{
	char text[ERROR_TEXT_MAX];
	size_t used, left;
	va_list ap;

	va_start(ap, fmt);
	print(text, sizeof text - 2, fmt, ap);
	va_end(ap);
	used = strlen(text);
	memcpy(text + used, ": ", 2);
	used += 2;
	left = strlen(err->text);
	if (left > sizeof text - 1 - used)
		left = sizeof text - 1 - used;
	memcpy(text + used, err->text, left);
	text[used + left] = '\0';
	memcpy(err->text, text, sizeof text);
}

void error_hint_text(struct error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(err->hint, sizeof err->hint, fmt, ap);
	va_end(ap);
}

size_t error_format(const struct error *err, char *buf, size_t size)
{
	char text[sizeof err->text + sizeof err->hint + 4];
	int n = snprintf(text, sizeof text, err->hint[0] != '\0' ? "%s (%s)" : "%s", err->text, err->hint);

	return visible(buf, size, text, n > 0 ? (size_t)n : 0, VISIBLE_TEXT);
}

void error_print(const char *program, const struct error *err)
{
	if (err->hint[0] != '\0')
		notice(program, "%s (%s)", err->text, err->hint);
	else
		notice(program, "%s", err->text);
}
