#include "tests/bench/rows.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_FD 8
#define INPUT_FD 9

/* Container runtimes want a name of its own for each run: a word that ends in "@" gets the run's number behind it. */
static void number_runs(char *const words[], char *argv[], char name[], size_t size)
{
	static unsigned run;
	size_t i = 0;

	for (; words[i] != NULL; i++) {
		size_t len = strlen(words[i]);

		argv[i] = words[i];
		if (len == 0 || words[i][len - 1] != '@')
			continue;
		snprintf(name, size, "%.*s%u", (int)len - 1, words[i], run++);
		argv[i] = name;
	}
	argv[i] = NULL;
}

void die(const char *format, ...)
{
	va_list ap;

	fputs("measure: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static void row_parse(struct row *row, char *line)
{
	size_t n = 0;

	line[strcspn(line, "\n")] = '\0';
	row->name = strsep(&line, "\t");
	if (line != NULL && line[0] == '<')
		row->input = strsep(&line, "\t") + 1;
	for (char *word; (word = strsep(&line, "\t")) != NULL;) {
		if (n == ROW_WORDS_MAX)
			die("%s: more than %d words", row->name, ROW_WORDS_MAX);
		row->argv[n++] = word;
	}
	if (n == 0)
		die("%s: no command", row->name);
}

size_t rows_read(const char *path, struct row rows[ROWS_MAX])
{
	FILE *file = fopen(path, "re");
	size_t n = 0, size = 0;
	char *line = NULL;

	if (file == NULL)
		die("%s: %s", path, strerror(errno));
	memset(rows, 0, ROWS_MAX * sizeof *rows);
	while (getline(&line, &size, file) > 0) {
		if (n == ROWS_MAX)
			die("%s: more than %d rows", path, ROWS_MAX);
		row_parse(&rows[n++], line); /* the row keeps the line */
		line = NULL;
		size = 0;
	}
	free(line);
	fclose(file);
	return n;
}

pid_t row_start(const struct row *row, int input, int output, int start)
{
	char *argv[ROW_WORDS_MAX + 1], name[64];
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int r;

	number_runs(row->argv, argv, name, sizeof name);
	if (argv[0] == NULL)
		die("%s: no command", row->name);
	r = posix_spawn_file_actions_init(&actions);
	if (r == 0 && row->input != NULL)
		r = posix_spawn_file_actions_addopen(&actions, INPUT_FD, row->input, O_RDONLY, 0);
	if (r == 0 && input >= 0)
		r = posix_spawn_file_actions_adddup2(&actions, input, 0);
	if (r == 0 && output >= 0)
		r = posix_spawn_file_actions_adddup2(&actions, output, 1);
	if (r == 0 && start >= 0)
		r = posix_spawn_file_actions_adddup2(&actions, start, START_FD);
	if (r == 0)
		r = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	if (r != 0)
		die("%s: start %s: %s", row->name, argv[0], strerror(r));
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

void row_wait(const struct row *row, pid_t pid, struct rusage *usage)
{
	int status;

	while (wait4(pid, &status, 0, usage) < 0)
		if (errno != EINTR)
			die("wait4: %s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		die("%s: ended with wait status 0x%x", row->name, (unsigned)status);
}

void rows_adopt(void)
{
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		die("prctl: %s", strerror(errno));
}

void rows_wait_rest(struct rusage *usage)
{
	struct rusage one;

	while (wait4(-1, NULL, 0, &one) > 0) {
		timeradd(&usage->ru_utime, &one.ru_utime, &usage->ru_utime);
		timeradd(&usage->ru_stime, &one.ru_stime, &usage->ru_stime);
		usage->ru_minflt += one.ru_minflt;
		usage->ru_majflt += one.ru_majflt;
	}
	if (errno != ECHILD)
		die("wait4: %s", strerror(errno));
}
