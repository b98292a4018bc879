#include "common/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void error_set_text(struct error *err, int errnum, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	if (errnum != 0) {
		size_t used = strlen(err->text);

		snprintf(err->text + used, sizeof err->text - used, ": %s", strerror(errnum));
	}
	err->hint[0] = '\0';
	err->errnum = errnum;
}

void error_late_text(struct error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->text, sizeof err->text, fmt, ap);
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
	vsnprintf(text, sizeof text - 2, fmt, ap);
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
	vsnprintf(err->hint, sizeof err->hint, fmt, ap);
	va_end(ap);
}

size_t error_format(const struct error *err, char *buf, size_t size)
{
	int n;

	if (err->hint[0] != '\0')
		n = snprintf(buf, size, "%s (%s)", err->text, err->hint);
	else
		n = snprintf(buf, size, "%s", err->text);
	if (n < 0)
		n = 0;
	if ((size_t)n >= size)
		n = (int)size - 1;
	for (int i = 0; i < n; i++) {
		unsigned char c = (unsigned char)buf[i];

		/* C0, DEL, and C1 as UTF-8 spells it: U+009B is "ESC [" to a terminal. */
		if (c < 0x20 || c == 0x7f)
			buf[i] = '?';
		else if (c == 0xc2 && i + 1 < n && (unsigned char)buf[i + 1] >= 0x80 &&
			 (unsigned char)buf[i + 1] < 0xa0)
			buf[i] = buf[i + 1] = '?';
	}
	return (size_t)n;
}

void error_print(const char *program, const struct error *err)
{
	char line[ERROR_TEXT_MAX + ERROR_HINT_MAX + 64];
	int used = snprintf(line, sizeof line / 2, "%.32s: ", program);
	size_t len = (size_t)used + error_format(err, line + used, sizeof line - (size_t)used - 1);

	line[len++] = '\n';
	if (write(STDERR_FILENO, line, len) < 0)
		return; /* nowhere left to say it */
}
