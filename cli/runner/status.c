#include "cli/runner/status.h"

#include "cli/runner/configure.h"
#include "cli/runner/options.h"
#include "cli/runner/show.h"
#include "cli/runner/table.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "runner/common/json_file.h"
#include "runner/common/log.h"
#include "runner/journal/db.h"
#include "runner/journal/reader.h"

#include <stdio.h>
#include <string.h>

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

/* "octo/demo build", and before that of a held one its id and how long it is to be. */
static char *describe(const json_t *running, const json_t *held, json_int_t slot)
{
	const json_t *job = job_of(running, slot);
	char left[TABLE_NUMBER_SIZE];
	double over;

	if (job != NULL)
		return format("%s %s", show_text(job, "repository"), show_text(job, "name"));
	job = job_of(held, slot);
	if (job == NULL)
		return NULL;
	over = show_age(job, "held_until");
	table_duration(left, over < 0 ? -over : 0);
	return format(
		"%s, %s left: %s %s", show_text(job, "id"), left, show_text(job, "repository"), show_text(job, "name"));
}

static void print_supervisor(const json_t *supervisor)
{
	const bool running = json_is_true(json_object_get(supervisor, "running"));
	const char *listen = show_text(supervisor, "listen");

	if (json_is_null(supervisor))
		puts("no supervisor has run yet");
	else
		printf("supervisor: %s, process %lld, version %s, started %.16sZ\nslots: %lld\n",
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

void status_print(const json_t *status)
{
	const json_t *slots = json_object_get(status, "slots"), *running = json_object_get(status, "running"),
		     *held = json_object_get(status, "held");
	json_t *slot;
	size_t i;

	print_supervisor(json_object_get(status, "supervisor"));
	print_pools(json_object_get(status, "pools"));
	if (json_array_size(slots) > 0)
		table_head(stdout, columns, COLUMNS);
	json_array_foreach ((json_t *)slots, i, slot) {
		const json_int_t number = json_integer_value(json_object_get(slot, "slot"));
		char which[TABLE_NUMBER_SIZE], age[TABLE_NUMBER_SIZE];
		_cleanup_(freep) char *what = describe(running, held, number);
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
	code = show_print(status, as_json, status_print, &err);
	return code == RUNNER_OK && !running ? RUNNER_NONE : code;
}
