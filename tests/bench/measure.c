/* Runs the rows of a file in turn, round after round, so that what disturbs one disturbs all, and prints a line per row
 * with tabs: the name and the medians. A run is over when the command has ended, its processor time and its share of a
 * rate when no process of it is left.
 *
 *   measure wall ROWS ROUNDS         NAME NANOSECONDS NANOSECONDS-OF-CPU PAGE-FAULTS
 *   measure value ROWS ROUNDS        NAME NUMBER that the command prints
 *   measure prepared ROWS ROUNDS     NAME NANOSECONDS from the byte on descriptor 8 to the time that the command prints
 *   measure rate ROWS ROUNDS AT_ONCE NAME SANDBOXES-PER-SECOND
 *   measure kernel ROWS ROUNDS AT_ONCE NAME KIB: memory of the kernel's for one of as many that are running
 *   measure memory ROWS              NAME KIB: private memory of all its processes but the payload's, while
 *                                  another of its kind is running
 */
#include "tests/bench/memory.h"
#include "tests/bench/rows.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 10000
#define AT_ONCE_MAX 1024
#define MEMORY_ROUNDS 15 /* which pages of a file two launchers both have mapped is chance */

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t median(int64_t *values, size_t n)
{
	qsort(values, n, sizeof *values, compare);
	return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static size_t number(const char *text, size_t most)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*end != '\0' || value == 0 || value > most)
		die("%s: not a number from 1 to %zu", text, most);
	return value;
}

#define FIGURES 3

/* The figures of one run. */
typedef void measure_fn(const struct row *row, size_t at_once, int64_t figures[FIGURES]);

static int64_t nanoseconds(const struct timeval *tv)
{
	return tv->tv_sec * INT64_C(1000000000) + tv->tv_usec * INT64_C(1000);
}

static void wall(const struct row *row, size_t at_once, int64_t figures[FIGURES])
{
	struct rusage usage;
	int64_t start = now_ns();

	(void)at_once;
	row_wait(row, row_start(row, -1, -1, -1), &usage);
	figures[0] = now_ns() - start;
	rows_wait_rest(&usage);
	figures[1] = nanoseconds(&usage.ru_utime) + nanoseconds(&usage.ru_stime);
	figures[2] = usage.ru_minflt + usage.ru_majflt;
}

/* Runs it with its output on a pipe, and with what is to be its descriptor 8, to the number that it prints. */
static int64_t printed(const struct row *row, int start, void (*when_started)(void *), void *data)
{
	struct rusage usage;
	char text[64] = "";
	size_t used = 0;
	int out[2];
	ssize_t n;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) < 0)
		die("pipe: %s", strerror(errno));
	pid = row_start(row, -1, out[1], start);
	close(out[1]);
	if (when_started != NULL)
		when_started(data);
	while (used < sizeof text - 1 && (n = read(out[0], text + used, sizeof text - 1 - used)) > 0)
		used += (size_t)n;
	close(out[0]);
	row_wait(row, pid, &usage);
	rows_wait_rest(&usage);
	return strtoll(text, NULL, 10);
}

static void value(const struct row *row, size_t at_once, int64_t figures[FIGURES])
{
	(void)at_once;
	figures[0] = printed(row, -1, NULL, NULL);
}

struct start {
	int to;
	int64_t ns;
};

/* Long enough for any set-up. */
static void let_go(void *data)
{
	const struct timespec moment = {.tv_nsec = 30000000};
	struct start *start = data;

	nanosleep(&moment, NULL);
	start->ns = now_ns();
	if (write(start->to, "", 1) != 1)
		die("write: %s", strerror(errno));
}

static void prepared(const struct row *row, size_t at_once, int64_t figures[FIGURES])
{
	struct start start;
	int p[2];

	(void)at_once;
	if (pipe2(p, O_CLOEXEC) < 0)
		die("pipe: %s", strerror(errno));
	start.to = p[1];
	figures[0] = printed(row, p[0], let_go, &start);
	figures[0] -= start.ns;
	close(p[0]);
	close(p[1]);
}

static void rate(const struct row *row, size_t at_once, int64_t figures[FIGURES])
{
	static pid_t pids[AT_ONCE_MAX];
	int64_t start = now_ns();
	struct rusage usage;

	for (size_t i = 0; i < at_once; i++)
		pids[i] = row_start(row, -1, -1, -1);
	for (size_t i = 0; i < at_once; i++)
		row_wait(row, pids[i], &usage);
	rows_wait_rest(&usage);
	figures[0] = (int64_t)at_once * INT64_C(1000000000) / (now_ns() - start);
}

/* A row whose payload waits. */
struct waiting {
	pid_t pid;
	int in, out;
};

static struct waiting start_waiting(const struct row *row)
{
	struct waiting waiting;
	int in[2], out[2];
	char byte;

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		die("pipe: %s", strerror(errno));
	waiting = (struct waiting){row_start(row, in[0], out[1], -1), in[1], out[0]};
	close(in[0]);
	close(out[1]);
	if (read(out[0], &byte, 1) != 1)
		die("%s: the payload did not start", row->name);
	return waiting;
}

static void end_waiting(const struct row *row, const struct waiting *waiting)
{
	struct rusage usage;

	close(waiting->in);
	close(waiting->out);
	row_wait(row, waiting->pid, &usage);
}

/* Of the second of two: pages that both have are in the memory once, however many there are. */
static void memory(const struct row *row, size_t at_once, int64_t figures[FIGURES])
{
	struct rusage usage;
	struct waiting other = start_waiting(row), one = start_waiting(row);

	(void)at_once;
	figures[0] = memory_settled_kib(one.pid);
	end_waiting(row, &one);
	end_waiting(row, &other);
	rows_wait_rest(&usage);
}

/* What the machine's kernel has taken since none of them was there. */
static void kernel(const struct row *row, size_t at_once, int64_t figures[FIGURES])
{
	static struct waiting waiting[AT_ONCE_MAX];
	const int64_t before = memory_kernel_kib();
	struct rusage usage;

	for (size_t i = 0; i < at_once; i++)
		waiting[i] = start_waiting(row);
	figures[0] = at_once > 0 ? (memory_kernel_kib() - before) / (int64_t)at_once : 0;
	for (size_t i = 0; i < at_once; i++)
		end_waiting(row, &waiting[i]);
	rows_wait_rest(&usage);
}

static const struct {
	const char *name;
	measure_fn *measure;
	int argc;
} modes[] = {
	{"wall", wall, 4},
	{"value", value, 4},
	{"prepared", prepared, 4},
	{"rate", rate, 5},
	{"kernel", kernel, 5},
	{"memory", memory, 3},
};

static void measure_all(measure_fn *measure, const struct row *rows, size_t n, size_t rounds, size_t at_once)
{
	int64_t(*all)[FIGURES][ROUNDS_MAX] = calloc(n, sizeof *all);
	int64_t figures[FIGURES] = {0};

	if (all == NULL)
		die("no memory");
	for (size_t i = 0; i < n; i++)
		measure(&rows[i], at_once, figures); /* to be warm */
	for (size_t round = 0; round < rounds; round++)
		for (size_t i = 0; i < n; i++) {
			measure(&rows[i], at_once, figures);
			for (size_t f = 0; f < FIGURES; f++)
				all[i][f][round] = figures[f];
		}
	for (size_t i = 0; i < n; i++) {
		printf("%s", rows[i].name);
		for (size_t f = 0; f < FIGURES; f++)
			printf("\t%" PRId64, median(all[i][f], rounds));
		putchar('\n');
	}
	free(all);
}

int main(int argc, char **argv)
{
	static struct row rows[ROWS_MAX];

	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
		if (argc == modes[i].argc && strcmp(argv[1], modes[i].name) == 0) {
			size_t n = rows_read(argv[2], rows);

			rows_adopt();
			if (modes[i].measure == memory)
				memory_prepare();
			measure_all(modes[i].measure, rows, n, argc > 3 ? number(argv[3], ROUNDS_MAX) : MEMORY_ROUNDS,
				argc > 4 ? number(argv[4], AT_ONCE_MAX) : 1);
			return fflush(stdout) != 0;
		}
	die("usage: measure wall|value|prepared|rate|kernel|memory ROWS [ROUNDS [AT_ONCE]]");
}
