#include "runner/journal/reader.h"

#include "common/cleanup.h"
#include "runner/common/json_file.h"
#include "runner/common/process.h"
#include "runner/journal/db.h"
#include "runner/journal/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TIME(column) "strftime('%Y-%m-%dT%H:%M:%fZ', " column " / 1000.0, 'unixepoch')"

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
	static const char pools[] = "SELECT pool, min, max, warm, slots FROM pools ORDER BY pool";
	static const char running[] =
		"SELECT id, slot, pool, runner, repository, workflow, name, launcher, ticks, cgroup, " TIME(
			"started") " AS started FROM jobs"
				   " WHERE ended IS NULL AND held IS NULL ORDER BY slot, started";
	static const char held[] =
		"SELECT id, slot, pool, runner, repository, workflow, name, " TIME("held") " AS held, " TIME(
			"held_until") " AS held_until FROM jobs WHERE ended IS NULL AND held IS NOT NULL ORDER BY slot, started";
	_cleanup_(db_finalize) sqlite3_stmt *all_slots = db_prepare(db, err, slots, "");
	_cleanup_(db_finalize) sqlite3_stmt *all_pools = db_prepare(db, err, pools, "");
	_cleanup_(db_finalize) sqlite3_stmt *all_running = all_slots != NULL ? db_prepare(db, err, running, "") : NULL;
	_cleanup_(db_finalize) sqlite3_stmt *all_held = all_running != NULL ? db_prepare(db, err, held, "") : NULL;
	_cleanup_(json_drop) json_t *slot_rows = rows_of(all_slots, err);
	_cleanup_(json_drop) json_t *pool_rows = slot_rows != NULL ? rows_of(all_pools, err) : NULL;
	_cleanup_(json_drop) json_t *job_rows = pool_rows != NULL ? rows_of(all_running, err) : NULL;
	_cleanup_(json_drop) json_t *held_rows = job_rows != NULL ? rows_of(all_held, err) : NULL;
	_cleanup_(json_drop) json_t *supervisor = held_rows != NULL ? supervisor_of(db, err) : NULL;

	return supervisor == NULL ? NULL
				  : json_pack("{s:O, s:O, s:O, s:O, s:O}", "supervisor", supervisor, "pools", pool_rows,
					    "slots", slot_rows, "running", job_rows, "held", held_rows);
}

json_t *reader_jobs(sqlite3 *db, const struct reader_filter *filter, struct error *err)
{
	_cleanup_(db_finalize) sqlite3_stmt *statement = db_prepare(db, err,
		"SELECT id, slot, pool, labels, runner, repository, workflow, name, startup_ms, " TIME("started") " AS started, " TIME(
			"ended") " AS ended, " TIME("held") " AS held, " TIME("held_until") " AS held_until,"
											    " ifnull(ended, held) - jobs.started AS run_ms, result, ended_by, reason, memory_limit,"
											    " memory_peak, pids_limit, pids_peak, disk_limit, disk_used, cpu_usec, io_read, io_written, denials,"
											    " denials_network, teardown_ms, residue, orphans, rate, currency, rate * (ended - jobs.started) / 3600000.0 AS cost"
											    " FROM jobs WHERE jobs.started >= ?1 AND (?2 IS NULL OR repository = ?2 COLLATE NOCASE)"
											    " ORDER BY jobs.started DESC, rowid DESC LIMIT ?3",
		"iti", filter->since_ms, filter->repository, filter->limit);

	return rows_of(statement, err);
}
