#include "tests/standin/listener/terminal.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/standin/shared/clock.h"
#include "tests/standin/shared/root.h"

#include <stdarg.h>
#include <time.h>

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
	_cleanup_(freep) char *directory = format("%s/_diag", root);
	_cleanup_(freep) char *path = NULL;
	char when[STAMP_SIZE];
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(when, sizeof when, "%Y%m%d-%H%M%S", &tm);
	path = format("%s/_diag/Runner_%s-utc.log", root, when);
	if (path == NULL || directory == NULL)
		return error_set(err, ENOMEM, "log");
	if (root_make_directory(directory, err) < 0)
		return -1;
	log_file = fopen(path, "ae");
	return log_file == NULL ? error_set(err, errno, "open %s", path) : 0;
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
