#include "runner/journal/reader.h"

#include "common/cleanup.h"
#include "runner/common/json_file.h"
#include "runner/common/process.h"
#include "runner/journal/db.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TIME(column) "strftime('%Y-%m-%dT%H:%M:%fZ', " column " / 1000.0, 'unixepoch')"

static json_t *value_of(sqlite3_stmt *statement, int column)
{
	switch (sqlite3_column_type(statement, column)) {
	case SQLITE_INTEGER:
		return json_integer(sqlite3_column_int64(statement, column));
	case SQLITE_FLOAT:
		return json_real(sqlite3_column_double(statement, column));
	case SQLITE_TEXT:
		return json_string((const char *)sqlite3_column_text(statement, column));
	default:
		return json_null();
	}
}

static json_t *row_of(sqlite3_stmt *statement, struct error *err)
{
	_cleanup_(json_drop) json_t *row = json_object();

	for (int i = 0; i < sqlite3_column_count(statement); i++) {
		json_t *value = value_of(statement, i);

		/* NULL: not UTF-8, which is not ours. */
		if (json_object_set_new(row, sqlite3_column_name(statement, i), value != NULL ? value : json_null()) <
			0) {
			error_set(err, ENOMEM, "journal");
			return NULL;
		}
	}
	return take_ptr(row);
}

/* All rows of a statement, which may be NULL: then err is set already. */
static json_t *rows_of(sqlite3_stmt *statement, struct error *err)
{
	_cleanup_(json_drop) json_t *rows = json_array();
	int r = -1;

	if (rows == NULL)
		error_set(err, ENOMEM, "journal");
	while (rows != NULL && statement != NULL && (r = db_step(statement, err)) == 1) {
		json_t *row = row_of(statement, err);

		if (row == NULL || json_array_append_new(rows, row) < 0)
			return NULL;
	}
	return r == 0 ? take_ptr(rows) : NULL;
}

/* The process that the journal names may be long gone, and its number another's. */
static json_t *supervisor_of(sqlite3 *db, struct error *err)
{
	_cleanup_(db_finalize) sqlite3_stmt *statement = db_prepare(
		db, err, "SELECT pid, ticks, " TIME("since") " AS since, version, slots, listen FROM supervisor", "");
	_cleanup_(json_drop) json_t *rows = rows_of(statement, err);
	json_t *row = json_array_get(rows, 0);
	uint64_t ticks;

	if (rows == NULL)
		return NULL;
	if (row == NULL)
		return json_null();
	ticks = (uint64_t)json_integer_value(json_object_get(row, "ticks"));
	json_object_set_new(row, "running",
		json_boolean(
			ticks != 0 && process_start((pid_t)json_integer_value(json_object_get(row, "pid"))) == ticks));
	json_object_del(row, "ticks");
	return json_incref(row);
}

json_t *reader_status(sqlite3 *db, struct error *err)
{
	static const char slots[] =
		"SELECT slot, pool, runner, state, " TIME("since") " AS since FROM slots ORDER BY slot";
	static const char running[] = "SELECT id, slot, pool, runner, repository, workflow, name, " TIME(
		"started") " AS started FROM jobs"
			   " WHERE ended IS NULL ORDER BY slot, started";
	_cleanup_(db_finalize) sqlite3_stmt *all_slots = db_prepare(db, err, slots, "");
	_cleanup_(db_finalize) sqlite3_stmt *all_running = all_slots != NULL ? db_prepare(db, err, running, "") : NULL;
	_cleanup_(json_drop) json_t *slot_rows = rows_of(all_slots, err);
	_cleanup_(json_drop) json_t *job_rows = slot_rows != NULL ? rows_of(all_running, err) : NULL;
	_cleanup_(json_drop) json_t *supervisor = job_rows != NULL ? supervisor_of(db, err) : NULL;

	return supervisor == NULL ? NULL
				  : json_pack("{s:O, s:O, s:O}", "supervisor", supervisor, "slots", slot_rows,
					    "running", job_rows);
}

json_t *reader_jobs(sqlite3 *db, const struct reader_filter *filter, struct error *err)
{
	_cleanup_(db_finalize) sqlite3_stmt *statement = db_prepare(db, err,
		"SELECT id, slot, pool, labels, runner, repository, workflow, name, startup_ms, " TIME("started") " AS started, " TIME(
			"ended") " AS ended, ended - jobs.started AS run_ms, result, ended_by, reason, memory_limit,"
				 " memory_peak, pids_limit, pids_peak, disk_limit, disk_used, cpu_usec, io_read, io_written, denials,"
				 " denials_network, teardown_ms, residue, orphans, rate, rate * (ended - jobs.started) / 3600000.0 AS cost"
				 " FROM jobs WHERE jobs.started >= ?1 AND (?2 IS NULL OR repository = ?2 COLLATE NOCASE)"
				 " ORDER BY jobs.started DESC, rowid DESC LIMIT ?3",
		"iti", filter->since_ms, filter->repository, filter->limit);

	return rows_of(statement, err);
}

#define SUMS                                                                                                 \
	"count(*) AS jobs, sum(ended - started) / 3600000.0 AS hours, total(cpu_usec) / 1e6 AS cpu_seconds," \
	" total(memory_peak / 1073741824.0 * (ended - started)) / 3600000.0 AS gib_hours,"                   \
	" sum(rate * (ended - started)) / 3600000.0 AS cost FROM jobs WHERE ended IS NOT NULL AND started >= ?1"

/* A number of two rows, added; NULL is no number, and no cost where no rate was set. */
static void add_number(json_t *to, const json_t *row, const char *key)
{
	const json_t *a = json_object_get(to, key), *b = json_object_get(row, key);

	if (!json_is_number(b))
		return;
	if (json_is_integer(b))
		json_object_set_new(to, key, json_integer(json_integer_value(a) + json_integer_value(b)));
	else
		json_object_set_new(to, key, json_real(json_number_value(a) + json_number_value(b)));
}

/* The row of `rows` with this label, made if there is none. */
static json_t *row_named(json_t *rows, const char *label, size_t len)
{
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		const char *named = json_string_value(json_object_get(row, "label"));

		if (strlen(named) == len && strncmp(named, label, len) == 0)
			return row;
	}
	row = json_pack("{s:s%, s:n}", "label", label, len, "cost");
	return json_array_append_new(rows, row) == 0 ? row : NULL;
}

/* "a,b" is a row of its own until here. */
static json_t *split_labels(const json_t *joined)
{
	static const char *const keys[] = {"jobs", "hours", "cpu_seconds", "gib_hours", "cost"};
	json_t *rows = json_array(), *row;
	size_t i;

	json_array_foreach ((json_t *)joined, i, row) {
		const char *label = json_string_value(json_object_get(row, "label"));

		for (size_t len; label != NULL; label = label[len] == ',' ? label + len + 1 : NULL) {
			json_t *to = row_named(rows, label, len = strcspn(label, ","));

			for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
				add_number(to, row, keys[k]);
		}
	}
	return rows;
}

json_t *reader_cost(sqlite3 *db, int64_t since_ms, enum reader_by by, struct error *err)
{
	static const char *const groups[] = {
		[READER_BY_REPOSITORY] =
			"SELECT repository, " SUMS " GROUP BY repository ORDER BY hours DESC, repository",
		[READER_BY_WORKFLOW] = "SELECT repository, workflow, " SUMS
				       " GROUP BY repository, workflow ORDER BY hours DESC, repository, workflow",
		[READER_BY_LABEL] = "SELECT labels AS label, " SUMS " GROUP BY labels ORDER BY hours DESC, labels",
	};
	_cleanup_(db_finalize) sqlite3_stmt *grouped = db_prepare(db, err, groups[by], "i", since_ms);
	_cleanup_(db_finalize) sqlite3_stmt *all = db_prepare(db, err, "SELECT " SUMS, "i", since_ms);
	_cleanup_(json_drop) json_t *rows = rows_of(grouped, err);
	_cleanup_(json_drop) json_t *total = rows != NULL ? rows_of(all, err) : NULL;

	if (total == NULL)
		return NULL;
	if (by == READER_BY_LABEL) {
		json_t *split = split_labels(rows);

		json_decref(rows);
		rows = split;
	}
	return json_pack("{s:O, s:O}", "rows", rows, "total", json_array_get(total, 0));
}
