#include "common/error.h"

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

void error_print(const char *program, const struct error *err)
{
	char line[ERROR_TEXT_MAX + ERROR_HINT_MAX + 64];
	int len;

	if (err->hint[0] != '\0')
		len = snprintf(line, sizeof line, "%s: %s (%s)", program, err->text, err->hint);
	else
		len = snprintf(line, sizeof line, "%s: %s", program, err->text);
	if (len < 0 || (size_t)len >= sizeof line - 1)
		len = (int)sizeof line - 2;
	for (int i = 0; i < len; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[len++] = '\n';
	if (write(STDERR_FILENO, line, (size_t)len) < 0)
		return; /* nowhere left to say it */
}
