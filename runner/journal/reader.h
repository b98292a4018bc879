/* Reads the journal as JSON, while a supervisor writes it and after: for `cofferdam runner status`, `jobs`, `cost`.
 *
 * Implemented in reader.c and runner/journal/reader_cost.c. Times are text, YYYY-MM-DDTHH:MM:SS.mmmZ. Texts are escaped
 * by common/visible.h since they were written. */
#pragma once

#include "common/error.h"

#include <jansson.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

/* {"supervisor": {pid, since, version, slots, listen, running} or null, "pools": […], "slots": […], "running": […],
 * "held": […]}: what was noted last. A held job is not among those that run. A new reference, or NULL. */
json_t *reader_status(sqlite3 *db, struct error *err);

struct reader_filter {
	int64_t since_ms;       /* started since then; milliseconds since 1970 */
	const char *repository; /* OWNER/NAME, any case, or NULL: all */
	int64_t limit;          /* the newest; -1: all */
};

/* The jobs, the newest first, an object each with the columns of the table. A new reference, or NULL. */
json_t *reader_jobs(sqlite3 *db, const struct reader_filter *filter, struct error *err);

enum reader_by { READER_BY_REPOSITORY, READER_BY_WORKFLOW, READER_BY_LABEL };

/* {"rows": […], "total": {…}}: what the jobs that have ended since then cost, the most time first. By label, a job
 * counts for each of its labels, and once in the total. "costs" of a row has a number for each currency, "" where none
 * is known; "cost" and "currency" are null unless there is just one. A new reference, or NULL. */
json_t *reader_cost(sqlite3 *db, int64_t since_ms, enum reader_by by, struct error *err);
