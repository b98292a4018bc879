#include "runner/journal/schema.h"

#include "runner/journal/db.h"

#include <stdbool.h>

/* Times are milliseconds since 1970, texts are escaped by common/visible.h. NULL: not known.
 *
 *   supervisor   the process that runs now or ran last
 *   slots        one row each: what it does, and since when
 *   jobs         one row each; ended is NULL while it runs, or is held. Old rows go (runner/journal/journal.h)
 *   pairs        the repositories and workflows that have labels of their own in the metrics
 *   totals       sums over all jobs ever, which the metrics count: they never go back
 *   buckets      the same for histograms; bucket is an index into those of runner/journal/totals.h
 *   requests     to GitHub, by what became of them; remaining and reset are the last answer's rate limit */
static const char version_1[] =
	"CREATE TABLE supervisor(id INTEGER PRIMARY KEY CHECK (id = 1), pid INTEGER NOT NULL, ticks INTEGER NOT NULL,"
	" since INTEGER NOT NULL, version TEXT NOT NULL, slots INTEGER NOT NULL, listen TEXT) STRICT;"
	"CREATE TABLE slots(slot INTEGER PRIMARY KEY, pool TEXT NOT NULL, runner TEXT, state TEXT NOT NULL,"
	" since INTEGER NOT NULL) STRICT;"
	"CREATE TABLE jobs(id TEXT PRIMARY KEY, slot INTEGER NOT NULL, pool TEXT NOT NULL, labels TEXT NOT NULL,"
	" runner TEXT NOT NULL, repository TEXT NOT NULL, workflow TEXT NOT NULL, name TEXT NOT NULL,"
	" startup_ms INTEGER NOT NULL, started INTEGER NOT NULL, ended INTEGER, result TEXT, ended_by TEXT, reason TEXT,"
	" memory_limit INTEGER, memory_peak INTEGER, pids_limit INTEGER, pids_peak INTEGER, disk_limit INTEGER,"
	" disk_used INTEGER, cpu_usec INTEGER, io_read INTEGER, io_written INTEGER, denials INTEGER,"
	" denials_network INTEGER, teardown_ms INTEGER, residue INTEGER, orphans INTEGER, rate REAL) STRICT;"
	"CREATE INDEX jobs_started ON jobs(started);"
	"CREATE INDEX jobs_open ON jobs(slot) WHERE ended IS NULL;"
	"CREATE TABLE pairs(repository TEXT NOT NULL, workflow TEXT NOT NULL, PRIMARY KEY(repository, workflow)) STRICT,"
	" WITHOUT ROWID;"
	"CREATE TABLE totals(pool TEXT NOT NULL, repository TEXT NOT NULL, workflow TEXT NOT NULL, result TEXT NOT NULL,"
	" ended_by TEXT NOT NULL, jobs INTEGER NOT NULL, startup_ms INTEGER NOT NULL, run_ms INTEGER NOT NULL,"
	" cpu_usec INTEGER NOT NULL, mib_ms INTEGER NOT NULL, io_read INTEGER NOT NULL, io_written INTEGER NOT NULL,"
	" denials INTEGER NOT NULL, denials_network INTEGER NOT NULL, teardown_ms INTEGER NOT NULL,"
	" residue INTEGER NOT NULL, orphans INTEGER NOT NULL, memory_peak INTEGER NOT NULL, pids_peak INTEGER NOT NULL,"
	" cost REAL NOT NULL, PRIMARY KEY(pool, repository, workflow, result, ended_by)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE buckets(histogram TEXT NOT NULL, repository TEXT NOT NULL, workflow TEXT NOT NULL,"
	" bucket INTEGER NOT NULL, jobs INTEGER NOT NULL, PRIMARY KEY(histogram, repository, workflow, bucket)) STRICT,"
	" WITHOUT ROWID;"
	"CREATE TABLE requests(outcome TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE ratelimit(id INTEGER PRIMARY KEY CHECK (id = 1), remaining INTEGER NOT NULL,"
	" reset INTEGER NOT NULL) STRICT;";

/* A job has the currency of its rate; jobs from before have none that is known. A sum is of one currency, "" where none
 * is known. */
#define SUMS                                                                                                             \
	"pool, repository, workflow, result, ended_by, jobs, startup_ms, run_ms, cpu_usec, mib_ms, io_read, io_written," \
	" denials, denials_network, teardown_ms, residue, orphans, memory_peak, pids_peak, cost"
static const char version_2[] =
	"ALTER TABLE jobs ADD COLUMN currency TEXT;"
	"ALTER TABLE totals RENAME TO totals_1;"
	"CREATE TABLE totals(pool TEXT NOT NULL, repository TEXT NOT NULL, workflow TEXT NOT NULL, result TEXT NOT NULL,"
	" ended_by TEXT NOT NULL, currency TEXT NOT NULL, jobs INTEGER NOT NULL, startup_ms INTEGER NOT NULL,"
	" run_ms INTEGER NOT NULL, cpu_usec INTEGER NOT NULL, mib_ms INTEGER NOT NULL, io_read INTEGER NOT NULL, io_written INTEGER NOT NULL,"
	" denials INTEGER NOT NULL, denials_network INTEGER NOT NULL, teardown_ms INTEGER NOT NULL,"
	" residue INTEGER NOT NULL, orphans INTEGER NOT NULL, memory_peak INTEGER NOT NULL, pids_peak INTEGER NOT NULL,"
	" cost REAL NOT NULL, PRIMARY KEY(pool, repository, workflow, result, ended_by, currency)) STRICT, WITHOUT ROWID;"
	"INSERT INTO totals(" SUMS ", currency) SELECT " SUMS ", '' FROM totals_1;"
	"DROP TABLE totals_1;";

/* The pools of the supervisor that runs now or ran last, and how many slots each has. */
static const char version_3[] =
	"CREATE TABLE pools(pool TEXT PRIMARY KEY, min INTEGER NOT NULL, max INTEGER NOT NULL, warm INTEGER NOT NULL,"
	" slots INTEGER NOT NULL) STRICT, WITHOUT ROWID;";

/* Where the numbers of a running job are read: its launcher, which has started at `ticks`, and its cgroup, if any. */
static const char version_4[] = "ALTER TABLE jobs ADD COLUMN launcher INTEGER;"
				"ALTER TABLE jobs ADD COLUMN ticks INTEGER;"
				"ALTER TABLE jobs ADD COLUMN cgroup TEXT;";

/* held: since when the sandbox of a job that has failed is kept; held_until: until when it is to be, then was. */
static const char version_5[] =
	"ALTER TABLE jobs ADD COLUMN held INTEGER; ALTER TABLE jobs ADD COLUMN held_until INTEGER;";

/* From version N to N + 1. */
static const char *const steps[] = {version_1, version_2, version_3, version_4, version_5};
#define VERSION ((int64_t)(sizeof steps / sizeof steps[0]))

static int newer(int64_t version, struct error *err)
{
	error_set(err, 0, "journal: version %lld, written by a newer Cofferdam: expected %lld", (long long)version,
		(long long)VERSION);
	return error_hint(err, "install that one again, or move " DB_NAME " away");
}

/* Another process may do the same: what the version is counts inside the transaction. True in *done: it is current. */
static int take_step(sqlite3 *db, int64_t last, bool *done, struct error *err)
{
	int64_t version = 0;
	char set[48];

	*done = false;
	if (db_exec(db, "BEGIN IMMEDIATE", err) < 0 || db_number(db, "PRAGMA user_version", 0, &version, err) < 0)
		return -1;
	if (version < 0 || version > VERSION)
		return newer(version, err);
	*done = version >= last;
	sqlite3_snprintf(sizeof set, set, "PRAGMA user_version=%lld", (long long)version + 1);
	if (!*done && (db_exec(db, steps[version], err) < 0 || db_exec(db, set, err) < 0))
		return -1;
	return db_exec(db, "COMMIT", err);
}

int schema_migrate(sqlite3 *db, struct error *err)
{
	return schema_migrate_to(db, VERSION, err);
}

int schema_migrate_to(sqlite3 *db, int64_t last, struct error *err)
{
	int64_t version = 0;
	bool done = false;

	if (db_number(db, "PRAGMA user_version", 0, &version, err) < 0)
		return -1;
	if (version > VERSION)
		return newer(version, err);
	if (version >= last)
		return 0;
	if (version == 0 && db_exec(db, "PRAGMA journal_mode=WAL", err) < 0)
		return -1;
	while (!done)
		if (take_step(db, last, &done, err) < 0)
			return -1;
	return 0;
}

int schema_is_current(int64_t version, struct error *err)
{
	if (version > VERSION)
		return newer(version, err);
	if (version == VERSION)
		return 0;
	error_set(err, 0, "journal: version %lld: expected %lld", (long long)version, (long long)VERSION);
	return error_hint(err, "`cofferdam runner start` of this version brings it up to date");
}
