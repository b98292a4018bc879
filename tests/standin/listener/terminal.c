#include "tests/standin/listener/terminal.h"

#include "tests/standin/shared/clock.h"
#include "tests/standin/shared/root.h"

#include <stdarg.h>

static FILE *log_file;

void terminal_stamped(const char *fmt, ...)
{
	char stamp[STAMP_SIZE];
	va_list ap;

	clock_stamp(stamp);
	printf("%s: ", stamp);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

void terminal_line(const char *text)
{
	puts(text);
	fflush(stdout);
}

void terminal_error(const char *text)
{
	fflush(stdout);
	fprintf(stderr, "An error occurred: %s\n", text);
	terminal_log("error: %s", text);
}

int terminal_log_open(const char *root, struct error *err)
{
	log_file = root_open_log(root, "Runner", err);
	return log_file == NULL ? -1 : 0;
}

void terminal_log(const char *fmt, ...)
{
	char stamp[STAMP_SIZE];
	va_list ap;

	if (log_file == NULL)
		return;
	clock_stamp(stamp);
	fprintf(log_file, "[RUNNER %s] ", stamp);
	va_start(ap, fmt);
	vfprintf(log_file, fmt, ap);
	va_end(ap);
	fputc('\n', log_file);
	fflush(log_file);
}
