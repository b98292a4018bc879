/* The commands that are compared: one a line, its words separated by tabs. The first word names the row; a second word
 * "<FILE" opens FILE as descriptor 9 for each run. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#define ROWS_MAX 16
#define ROW_WORDS_MAX 96

struct row {
	char *name;
	char *input; /* opened as descriptor 9, or NULL */
	char *argv[ROW_WORDS_MAX + 1];
};

/* Reads the rows of a file; exits with a message when it cannot. Returns how many there are. */
size_t rows_read(const char *path, struct row rows[ROWS_MAX]);

/* Starts the row with standard input and output as given (-1: the caller's), and `start` (-1: none) as descriptor 8,
 * without fork(2)'s costs. Returns the PID; exits when there can be none. */
pid_t row_start(const struct row *row, int input, int output, int start);

/* Waits for it. Anything but status 0 ends the measuring with a message: a table with failures in it says nothing. */
void row_wait(const struct row *row, pid_t pid, struct rusage *usage);

/* Makes us the parent of what rows leave behind when they end (bubblewrap does not wait for its sandbox), and waits for
 * all of that; what it has used is added. No other row may be running meanwhile. */
void rows_adopt(void);
void rows_wait_rest(struct rusage *usage);

int64_t now_ns(void);

__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);
