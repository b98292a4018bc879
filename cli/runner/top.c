/* cofferdam runner top: the status, what running jobs use now, and the newest jobs. */
#include "cli/runner/configure.h"
#include "cli/runner/jobs.h"
#include "cli/runner/options.h"
#include "cli/runner/show.h"
#include "cli/runner/status.h"
#include "cli/runner/table.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "common/parse.h"
#include "runner/common/json_file.h"
#include "runner/common/log.h"
#include "runner/journal/db.h"
#include "runner/journal/reader.h"
#include "runner/state/job_usage.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL_NS (2 * NS_PER_S)
#define FIRST_NS (200 * NS_PER_MS) /* what the first picture's share of the CPU is taken from */
#define JOBS 10
#define TO_HOME "\033[H\033[J" /* of the terminal: from the first line on, and nothing below */

struct top {
	int64_t interval_ns;
	int as_json;
	/* Of the picture before: the CPU time of each job by its id, and when that was. */
	json_t *cpu_usec;
	int64_t at_ns;
};

static const struct table_column columns[] = {{"SLOT", 4, 1}, {"TIME", 6, 1}, {"CPU%", 5, 1}, {"CPU", 6, 1},
	{"MEMORY", 8, 1}, {"PROCS", 5, 1}, {"JOB", 0, 0}};
#define COLUMNS ((int)(sizeof columns / sizeof columns[0]))

/* Adds "usage" to a running job, null with "not_measured" where nothing is known. */
static void measure_job(json_t *job, const json_t *before, int64_t passed_ns, json_t *now)
{
	const struct job_usage usage = job_usage_read((pid_t)json_integer_value(json_object_get(job, "launcher")),
		(uint64_t)json_integer_value(json_object_get(job, "ticks")), show_text(job, "cgroup"));
	const json_t *had = json_object_get(before, show_text(job, "id"));
	int64_t used;
	json_t *json;

	json_object_del(job, "ticks");
	if (usage.missing != NULL) {
		json_object_set_new(job, "usage", json_null());
		json_object_set_new(job, "not_measured", json_string(usage.missing));
		return;
	}
	json_object_set_new(now, show_text(job, "id"), json_integer(usage.cpu_usec));
	json = json_pack("{s:I, s:b, s:I, s:n, s:I}", "memory", (json_int_t)usage.memory, "memory_is_sum",
		(int)usage.is_sum, "cpu_usec", (json_int_t)usage.cpu_usec, "cpu_percent", "processes",
		(json_int_t)usage.processes);
	/* Less than before: without a cgroup, of a process that ended and that nobody waited for. */
	used = usage.cpu_usec > json_integer_value(had) ? usage.cpu_usec - json_integer_value(had) : 0;
	if (had != NULL && passed_ns > 0)
		json_object_set_new(json, "cpu_percent", json_real((double)used * 1e5 / (double)passed_ns));
	json_object_set_new(job, "usage", json);
}

static void measure(struct top *top, json_t *running)
{
	const int64_t now_ns = clock_monotonic_ns();
	json_t *now = json_object(), *job;
	size_t i;

	json_array_foreach (running, i, job)
		measure_job(job, top->cpu_usec, now_ns - top->at_ns, now);
	json_decref(top->cpu_usec);
	top->cpu_usec = now;
	top->at_ns = now_ns;
}

static void print_job(const json_t *job)
{
	const json_t *usage = json_object_get(job, "usage");
	const bool is_measured = json_is_object(usage), is_sum = json_is_true(json_object_get(usage, "memory_is_sum"));
	char slot[TABLE_NUMBER_SIZE], age[TABLE_NUMBER_SIZE], percent[TABLE_NUMBER_SIZE], cpu[TABLE_NUMBER_SIZE],
		size[TABLE_NUMBER_SIZE], memory[TABLE_NUMBER_SIZE + 1], processes[TABLE_NUMBER_SIZE];
	_cleanup_(freep) char *name = format("%s %s", show_text(job, "repository"), show_text(job, "name"));
	const char *const cells[] = {slot, age, json_is_number(json_object_get(usage, "cpu_percent")) ? percent : NULL,
		is_measured ? cpu : NULL, is_measured ? memory : NULL, is_measured ? processes : NULL, name};

	snprintf(slot, sizeof slot, "%lld", (long long)json_integer_value(json_object_get(job, "slot")));
	table_duration(age, show_age(job, "started"));
	snprintf(percent, sizeof percent, "%.0f", show_number(usage, "cpu_percent"));
	table_duration(cpu, show_number(usage, "cpu_usec") / 1e6);
	snprintf(memory, sizeof memory, "%s%s", is_sum ? "~" : "", table_size(size, show_number(usage, "memory")));
	snprintf(processes, sizeof processes, "%.0f", show_number(usage, "processes"));
	table_row(stdout, columns, COLUMNS, cells);
	if (!is_measured)
		printf("     not measured: %s\n", show_text(job, "not_measured"));
}

static void print_picture(const json_t *picture)
{
	const json_t *running = json_object_get(picture, "running");
	json_t *job;
	size_t i;

	status_print(picture);
	putchar('\n');
	if (json_array_size(running) > 0) {
		table_head(stdout, columns, COLUMNS);
		json_array_foreach ((json_t *)running, i, job)
			print_job(job);
		putchar('\n');
	}
	jobs_print(json_object_get(picture, "jobs"));
}

static void sleep_ns(int64_t ns)
{
	const struct timespec wait = {ns / NS_PER_S, ns % NS_PER_S};

	nanosleep(&wait, NULL);
}

/* The status, with "jobs" and what the running ones use. */
static json_t *take_picture(struct top *top, sqlite3 *db, struct error *err)
{
	const struct reader_filter newest = {.limit = JOBS};
	_cleanup_(json_drop) json_t *status = reader_status(db, err);
	json_t *jobs = status != NULL ? reader_jobs(db, &newest, err) : NULL;
	json_t *running = json_object_get(status, "running");

	if (jobs == NULL)
		return NULL;
	json_object_set_new(status, "jobs", jobs);
	if (top->cpu_usec == NULL && json_array_size(running) > 0) {
		_cleanup_(json_drop) json_t *copy = json_deep_copy(running);

		measure(top, copy);
		sleep_ns(FIRST_NS);
	}
	measure(top, running);
	return json_incref(status);
}

/* The journal is opened anew each time: a new supervisor may have begun another. */
static int show_once(struct top *top, bool on_terminal)
{
	_cleanup_(db_close) sqlite3 *db = NULL;
	int code = show_open(&db);
	struct error err;
	json_t *picture;

	if (code != RUNNER_OK)
		return code;
	picture = take_picture(top, db, &err);
	if (picture != NULL && on_terminal)
		fputs(TO_HOME, stdout);
	return show_print(picture, top->as_json, print_picture, &err);
}

static int read_option(int id, const char *value, void *context, struct error *err)
{
	struct top *top = context;

	if (id == 'j') {
		top->as_json = 1;
		return 0;
	}
	if (parse_duration(value, &top->interval_ns, err) < 0)
		return -1;
	return top->interval_ns >= NS_PER_S / 10 ? 0 : error_set(err, 0, "%s: must be at least 100ms", value);
}

/* Until a signal ends it. What is no terminal gets one picture. */
int runner_top(int argc, char **argv)
{
	struct top top = {.interval_ns = INTERVAL_NS};
	bool renews;
	struct error err;
	int code;

	if (runner_read_options("runner top", argc, argv, read_option, &top, &err) < 0) {
		log_error(&err);
		return RUNNER_USAGE;
	}
	renews = isatty(STDOUT_FILENO) && !top.as_json;
	while ((code = show_once(&top, renews)) == RUNNER_OK && renews)
		sleep_ns(top.interval_ns);
	json_decref(top.cpu_usec);
	return code;
}
