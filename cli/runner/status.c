#include "cli/runner/status.h"

#include "cli/runner/configure.h"
#include "cli/runner/jobs.h"
#include "cli/runner/options.h"
#include "cli/runner/show.h"
#include "cli/runner/table.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "common/parse.h"
#include "runner/common/json_file.h"
#include "runner/common/log.h"
#include "runner/journal/db.h"
#include "runner/journal/reader.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TOP_INTERVAL_NS (2 * NS_PER_S)
#define TOP_JOBS 10
#define TO_HOME "\033[H\033[J" /* of the terminal: from the first line on, and nothing below */

static const struct table_column columns[] = {
	{"SLOT", 4, 1}, {"POOL", 10, 0}, {"STATE", 8, 0}, {"FOR", 6, 1}, {"RUNNER", 16, 0}, {"JOB", 0, 0}};
#define COLUMNS ((int)(sizeof columns / sizeof columns[0]))

static const json_t *job_of(const json_t *running, json_int_t slot)
{
	json_t *job;
	size_t i;

	json_array_foreach ((json_t *)running, i, job)
		if (json_integer_value(json_object_get(job, "slot")) == slot)
			return job;
	return NULL;
}

static void print_supervisor(const json_t *supervisor)
{
	const bool running = json_is_true(json_object_get(supervisor, "running"));
	const char *listen = show_text(supervisor, "listen");

	if (json_is_null(supervisor))
		puts("no supervisor has run yet");
	else
		printf("supervisor: %s, process %lld, version %s, started %.16sZ, slots: %lld\n",
			running ? "running" : "not running",
			(long long)json_integer_value(json_object_get(supervisor, "pid")),
			show_text(supervisor, "version"), show_text(supervisor, "since"),
			(long long)json_integer_value(json_object_get(supervisor, "slots")));
	if (running && listen[0] != '\0')
		printf("status page and metrics: http://%s/\n", listen);
}

/* Where the number of slots may change by itself. */
static void print_pools(const json_t *pools)
{
	json_t *pool;
	size_t i;

	json_array_foreach ((json_t *)pools, i, pool) {
		const json_int_t min = json_integer_value(json_object_get(pool, "min")),
				 max = json_integer_value(json_object_get(pool, "max"));

		if (max > min)
			printf("pool %s: slots: %lld (min %lld, max %lld, warm %lld)\n", show_text(pool, "pool"),
				(long long)json_integer_value(json_object_get(pool, "slots")), (long long)min,
				(long long)max, (long long)json_integer_value(json_object_get(pool, "warm")));
	}
}

static void print_status(const json_t *status)
{
	const json_t *slots = json_object_get(status, "slots"), *running = json_object_get(status, "running");
	json_t *slot;
	size_t i;

	print_supervisor(json_object_get(status, "supervisor"));
	print_pools(json_object_get(status, "pools"));
	if (json_array_size(slots) > 0)
		table_head(stdout, columns, COLUMNS);
	json_array_foreach ((json_t *)slots, i, slot) {
		const json_int_t number = json_integer_value(json_object_get(slot, "slot"));
		const json_t *job = job_of(running, number);
		char which[TABLE_NUMBER_SIZE], age[TABLE_NUMBER_SIZE];
		_cleanup_(freep) char *what =
			job != NULL ? format("%s %s", show_text(job, "repository"), show_text(job, "name")) : NULL;
		const char *const cells[] = {
			which, show_text(slot, "pool"), show_text(slot, "state"), age, show_text(slot, "runner"), what};

		snprintf(which, sizeof which, "%lld", (long long)number);
		table_duration(age, show_age(slot, "since"));
		table_row(stdout, columns, COLUMNS, cells);
	}
}

static int read_json(int id, const char *value, void *context, struct error *err)
{
	(void)id, (void)value, (void)err;
	*(int *)context = 1;
	return 0;
}

int runner_status(int argc, char **argv)
{
	_cleanup_(db_close) sqlite3 *db = NULL;
	int as_json = 0, code;
	struct error err;
	json_t *status;
	bool running;

	if (runner_read_options("runner status", argc, argv, read_json, &as_json, &err) < 0) {
		log_error(&err);
		return RUNNER_USAGE;
	}
	code = show_open(&db);
	if (code != RUNNER_OK)
		return code;
	status = reader_status(db, &err);
	running = json_is_true(json_object_get(json_object_get(status, "supervisor"), "running"));
	code = show_print(status, as_json, print_status, &err);
	return code == RUNNER_OK && !running ? RUNNER_NONE : code;
}

/* One picture. The journal is opened anew each time: a new supervisor may have begun another. */
static int show_once(bool on_terminal)
{
	const struct reader_filter newest = {.limit = TOP_JOBS};
	_cleanup_(db_close) sqlite3 *db = NULL;
	_cleanup_(json_drop) json_t *status = NULL, *jobs = NULL;
	struct error err;
	int code = show_open(&db);

	if (code != RUNNER_OK)
		return code;
	status = reader_status(db, &err);
	jobs = status != NULL ? reader_jobs(db, &newest, &err) : NULL;
	if (jobs == NULL) {
		log_error(&err);
		return RUNNER_FAILED;
	}
	if (on_terminal)
		fputs(TO_HOME, stdout);
	print_status(status);
	putchar('\n');
	jobs_print(jobs);
	return runner_printed();
}

static int read_interval(int id, const char *value, void *context, struct error *err)
{
	int64_t *interval_ns = context;

	(void)id;
	if (parse_duration(value, interval_ns, err) < 0)
		return -1;
	return *interval_ns >= NS_PER_S / 10 ? 0 : error_set(err, 0, "%s: must be at least 100ms", value);
}

/* Until a signal ends it. What is no terminal gets one picture. */
int runner_top(int argc, char **argv)
{
	const bool on_terminal = isatty(STDOUT_FILENO);
	int64_t interval_ns = TOP_INTERVAL_NS;
	struct error err;
	int code;

	if (runner_read_options("runner top", argc, argv, read_interval, &interval_ns, &err) < 0) {
		log_error(&err);
		return RUNNER_USAGE;
	}
	while ((code = show_once(on_terminal)) == RUNNER_OK && on_terminal) {
		const struct timespec wait = {interval_ns / NS_PER_S, interval_ns % NS_PER_S};

		nanosleep(&wait, NULL);
	}
	return code;
}
