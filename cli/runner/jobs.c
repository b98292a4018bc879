#include "cli/runner/jobs.h"

#include "cli/runner/configure.h"
#include "cli/runner/options.h"
#include "cli/runner/show.h"
#include "cli/runner/table.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "common/parse.h"
#include "common/phrases.h"
#include "runner/common/log.h"
#include "runner/journal/db.h"
#include "runner/journal/reader.h"

#include <stdio.h>
#include <string.h>

#define JOBS_SHOWN 50
#define JOBS_SHOWN_MAX 1000000

struct options {
	struct reader_filter filter;
	enum reader_by by;
	int as_json;
};

static const struct table_column job_columns[] = {
	{"STARTED", 11, 0}, {"RESULT", 13, 0}, {"TIME", 6, 1}, {"CPU", 6, 1}, {"MEMORY", 7, 1}, {"JOB", 0, 0}};
#define JOB_COLUMNS ((int)(sizeof job_columns / sizeof job_columns[0]))

/* "succeeded"; "ended: memory" where it was not the Worker's own end. */
static const char *result_text(char *text, size_t size, const json_t *job)
{
	const char *result = show_text(job, "result");
	const bool held = json_is_string(json_object_get(job, "held")) && json_is_null(json_object_get(job, "ended"));

	if (held)
		snprintf(text, size, "held");
	else if (strcmp(result, "ended") == 0)
		snprintf(text, size, "%s", show_text(job, "ended_by"));
	else
		snprintf(text, size, "%s", result[0] != '\0' ? result : "running");
	return text;
}

static void print_job(const json_t *job)
{
	char when[16], result[32], run[TABLE_NUMBER_SIZE], cpu[TABLE_NUMBER_SIZE], memory[TABLE_NUMBER_SIZE];
	_cleanup_(freep) char *name = format("%s %s", show_text(job, "repository"), show_text(job, "name"));
	const bool ended = json_is_number(json_object_get(job, "run_ms"));
	const char *const cells[] = {when, result_text(result, sizeof result, job), run,
		json_is_number(json_object_get(job, "cpu_usec")) ? cpu : NULL,
		json_is_number(json_object_get(job, "memory_peak")) ? memory : NULL, name};

	snprintf(when, sizeof when, "%.5s %.5s", show_text(job, "started") + 5, show_text(job, "started") + 11);
	table_duration(run, ended ? show_number(job, "run_ms") / 1000 : show_age(job, "started"));
	table_duration(cpu, show_number(job, "cpu_usec") / 1e6);
	table_size(memory, show_number(job, "memory_peak"));
	table_row(stdout, job_columns, JOB_COLUMNS, cells);
}

void jobs_print(const json_t *jobs)
{
	json_t *job;
	size_t i;

	if (json_array_size(jobs) == 0)
		puts("no jobs");
	else
		table_head(stdout, job_columns, JOB_COLUMNS);
	json_array_foreach ((json_t *)jobs, i, job)
		print_job(job);
}

static int read_by(const char *value, enum reader_by *by, struct error *err)
{
	static const char *const names[] = {
		[READER_BY_REPOSITORY] = "repo", [READER_BY_WORKFLOW] = "workflow", [READER_BY_LABEL] = "label"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(value, names[i]) == 0) {
			*by = (enum reader_by)i;
			return 0;
		}
	return error_set(err, 0, "%s: expected repo, workflow or label", value);
}

static int read_option(int id, const char *value, void *context, struct error *err)
{
	struct options *options = context;
	uint64_t limit;

	switch (id) {
	case 'j':
		options->as_json = 1;
		return 0;
	case 's':
		return show_since(value, &options->filter.since_ms, err);
	case 'r':
		options->filter.repository = value;
		return 0;
	case 'b':
		return read_by(value, &options->by, err);
	default:
		if (parse_count(value, JOBS_SHOWN_MAX, &limit, err) < 0)
			return -1;
		options->filter.limit = (int64_t)limit;
		return 0;
	}
}

int runner_jobs(int argc, char **argv)
{
	struct options options = {.filter.limit = JOBS_SHOWN};
	_cleanup_(db_close) sqlite3 *db = NULL;
	struct error err;
	int code;

	if (runner_read_options("runner jobs", argc, argv, read_option, &options, &err) < 0) {
		log_error(&err);
		return RUNNER_USAGE;
	}
	code = show_open(&db);
	return code != RUNNER_OK
		       ? code
		       : show_print(reader_jobs(db, &options.filter, &err), options.as_json, jobs_print, &err);
}

static const struct table_column cost_columns[] = {
	{"JOBS", 7, 1}, {"HOURS", 9, 1}, {"CPU-H", 9, 1}, {"GIB-H", 9, 1}, {"COST", 12, 1}, {"OF", 0, 0}};
#define COST_COLUMNS ((int)(sizeof cost_columns / sizeof cost_columns[0]))

/* "1.20 EUR", or without a word where none is known. */
static const char *cost_text(char text[TABLE_NUMBER_SIZE], void *at)
{
	const char *currency = at != NULL ? json_object_iter_key(at) : "";

	snprintf(text, TABLE_NUMBER_SIZE, "%.2f%s%s", at != NULL ? json_number_value(json_object_iter_value(at)) : 0,
		currency[0] != '\0' ? " " : "", currency);
	return text;
}

static void print_cost_row(const json_t *row, const char *of)
{
	char jobs[TABLE_NUMBER_SIZE], hours[TABLE_NUMBER_SIZE], cpu[TABLE_NUMBER_SIZE], memory[TABLE_NUMBER_SIZE],
		cost[TABLE_NUMBER_SIZE];
	json_t *costs = json_object_get(row, "costs");
	void *at = json_object_iter(costs);
	const char *const cells[] = {jobs, hours, cpu, memory, at != NULL ? cost : NULL, of};

	snprintf(jobs, sizeof jobs, "%lld", (long long)json_integer_value(json_object_get(row, "jobs")));
	snprintf(hours, sizeof hours, "%.2f", show_number(row, "hours"));
	snprintf(cpu, sizeof cpu, "%.2f", show_number(row, "cpu_seconds") / 3600);
	snprintf(memory, sizeof memory, "%.2f", show_number(row, "gib_hours"));
	cost_text(cost, at);
	table_row(stdout, cost_columns, COST_COLUMNS, cells);
	/* Currencies are not added up: each has a line. */
	for (; at != NULL && (at = json_object_iter_next(costs, at)) != NULL;) {
		const char *const more[] = {"", "", "", "", cost_text(cost, at), ""};

		table_row(stdout, cost_columns, COST_COLUMNS, more);
	}
}

static void print_cost(const json_t *cost)
{
	json_t *row;
	size_t i;

	table_head(stdout, cost_columns, COST_COLUMNS);
	json_array_foreach (json_object_get(cost, "rows"), i, row) {
		_cleanup_(freep) char *of = format("%s%s%s%s", show_text(row, "repository"),
			json_object_get(row, "workflow") != NULL ? " " : "", show_text(row, "workflow"),
			show_text(row, "label"));

		print_cost_row(row, of == NULL || of[0] == '\0' ? NULL : of);
	}
	print_cost_row(json_object_get(cost, "total"), "total");
}

int runner_cost(int argc, char **argv)
{
	struct options options = {.by = READER_BY_REPOSITORY};
	_cleanup_(db_close) sqlite3 *db = NULL;
	struct error err;
	int code;

	if (runner_read_options("runner cost", argc, argv, read_option, &options, &err) < 0) {
		log_error(&err);
		return RUNNER_USAGE;
	}
	code = show_open(&db);
	return code != RUNNER_OK ? code
				 : show_print(reader_cost(db, options.filter.since_ms, options.by, &err),
					   options.as_json, print_cost, &err);
}
