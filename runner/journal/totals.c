#include "runner/journal/totals.h"

#include "common/cleanup.h"
#include "runner/journal/db.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const double totals_run_s[] = {5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21600};
const double totals_startup_s[] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

static int count(
	sqlite3 *db, const char *sql, const char *types, const char *a, const char *b, int64_t *n, struct error *err)
{
	_cleanup_(db_finalize) sqlite3_stmt *statement = db_prepare(db, err, sql, types, a, b);

	if (statement == NULL || db_step(statement, err) < 0)
		return -1;
	*n = sqlite3_column_int64(statement, 0);
	return 0;
}

/* 1: the pair has labels of its own; 0: there is no room for it. */
static int take_pair(sqlite3 *db, const char *repository, const char *workflow, bool has_room, struct error *err)
{
	int64_t known = 0;

	if (count(db, "SELECT count(*) FROM pairs WHERE repository = ? AND workflow = ?", "tt", repository, workflow,
		    &known, err) < 0)
		return -1;
	if (known > 0)
		return 1;
	if (!has_room)
		return 0;
	return db_run(db, err, "INSERT INTO pairs VALUES (?, ?)", "tt", repository, workflow) < 0 ? -1 : 1;
}

int totals_label(
	sqlite3 *db, const char *repository, const char *workflow, struct totals_labels *labels, struct error *err)
{
	int64_t pairs = 0, of_repository = 0, repositories = 0;
	int taken;

	snprintf(labels->repository, sizeof labels->repository, "%s", repository);
	snprintf(labels->workflow, sizeof labels->workflow, "%s", workflow);
	if (count(db, "SELECT count(*) FROM pairs", "", NULL, NULL, &pairs, err) < 0 ||
		count(db, "SELECT count(*) FROM pairs WHERE repository = ?", "t", repository, NULL, &of_repository,
			err) < 0 ||
		count(db, "SELECT count(DISTINCT repository) FROM pairs", "", NULL, NULL, &repositories, err) < 0)
		return -1;
	taken = take_pair(db, labels->repository, labels->workflow,
		pairs < TOTALS_PAIRS_MAX && of_repository < TOTALS_PAIRS_OF_REPOSITORY &&
			(of_repository > 0 || repositories < TOTALS_REPOSITORIES_MAX),
		err);
	if (taken != 0)
		return taken < 0 ? -1 : 0;
	strcpy(labels->workflow, TOTALS_OTHER);
	taken = take_pair(db, labels->repository, labels->workflow,
		of_repository > 0 || repositories < TOTALS_REPOSITORIES_MAX, err);
	if (taken == 0)
		strcpy(labels->repository, TOTALS_OTHER);
	return taken < 0 ? -1 : 0;
}

static int bucket_of(const double limits[], double seconds)
{
	int i = 0;

	while (i < TOTALS_BUCKETS - 1 && seconds > limits[i])
		i++;
	return i;
}

static int add_bucket(
	sqlite3 *db, const char *histogram, const struct totals_labels *labels, int bucket, struct error *err)
{
	return db_run(db, err, "INSERT INTO buckets VALUES (?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET jobs = jobs + 1",
		"ttti", histogram, labels->repository, labels->workflow, (int64_t)bucket);
}

/* A job's memory is charged at its peak, for as long as the job ran. */
static const char sum[] =
	"INSERT INTO totals SELECT pool, ?2, ?3, result, ended_by, ifnull(currency, ''), 1, startup_ms, ended - started, ifnull(cpu_usec, 0),"
	" CAST(ifnull(memory_peak, 0) / 1048576.0 * (ended - started) AS INTEGER), ifnull(io_read, 0),"
	" ifnull(io_written, 0), ifnull(denials, 0), ifnull(denials_network, 0), ifnull(teardown_ms, 0),"
	" ifnull(residue, 0), ifnull(orphans, 0), ifnull(memory_peak, 0), ifnull(pids_peak, 0),"
	" ifnull(rate, 0) * (ended - started) / 3600000.0 FROM jobs WHERE id = ?1"
	" ON CONFLICT DO UPDATE SET jobs = jobs + 1, startup_ms = startup_ms + excluded.startup_ms,"
	" run_ms = run_ms + excluded.run_ms, cpu_usec = cpu_usec + excluded.cpu_usec, mib_ms = mib_ms + excluded.mib_ms,"
	" io_read = io_read + excluded.io_read, io_written = io_written + excluded.io_written,"
	" denials = denials + excluded.denials, denials_network = denials_network + excluded.denials_network,"
	" teardown_ms = teardown_ms + excluded.teardown_ms, residue = residue + excluded.residue,"
	" orphans = orphans + excluded.orphans, memory_peak = max(memory_peak, excluded.memory_peak),"
	" pids_peak = max(pids_peak, excluded.pids_peak), cost = cost + excluded.cost";

int totals_add(sqlite3 *db, const char *id, struct error *err)
{
	_cleanup_(db_finalize) sqlite3_stmt *job = db_prepare(db, err,
		"SELECT repository, workflow, startup_ms / 1000.0, (ended - started) / 1000.0 FROM jobs WHERE id = ?",
		"t", id);
	struct totals_labels labels;
	double startup_s, run_s;
	int found = job != NULL ? db_step(job, err) : -1;

	if (found <= 0)
		return found;
	startup_s = sqlite3_column_double(job, 2);
	run_s = sqlite3_column_double(job, 3);
	if (totals_label(db, (const char *)sqlite3_column_text(job, 0), (const char *)sqlite3_column_text(job, 1),
		    &labels, err) < 0 ||
		db_run(db, err, sum, "ttt", id, labels.repository, labels.workflow) < 0 ||
		add_bucket(db, "startup", &labels, bucket_of(totals_startup_s, startup_s), err) < 0)
		return -1;
	return add_bucket(db, "run", &labels, bucket_of(totals_run_s, run_s), err);
}
